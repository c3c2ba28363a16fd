package com.github.ossresumable;

import java.util.LinkedHashMap;
import java.util.Map;

/** Whom OSS calls back when the object is stored. Plain text: the library encodes it. */
public final class Callback {
  private String url;
  private String host;
  private String body;
  private String bodyType;
  private boolean sni;
  private final Map<String, String> variables = new LinkedHashMap<>();

  /** A callback; URL and body have to be set. */
  public Callback() {}

  /**
   * Where to.
   *
   * @param url one to five addresses, separated by {@code ;}, tried in turn; required
   * @return this
   */
  public Callback setCallbackUrl(String url) {
    this.url = url;
    return this;
  }

  /**
   * The Host header of OSS's request.
   *
   * @param host a host name; default: from the URL
   * @return this
   */
  public Callback setCallbackHost(String host) {
    this.host = host;
    return this;
  }

  /**
   * What OSS sends.
   *
   * @param body text with variables in it, such as <code>${object}</code> or <code>${x:name}</code>;
   *     required
   * @return this
   */
  public Callback setCallbackBody(String body) {
    this.body = body;
    return this;
  }

  /**
   * The type of the body.
   *
   * @param type {@code application/x-www-form-urlencoded}, the default, or {@code application/json}
   * @return this
   */
  public Callback setCallbackBodyType(String type) {
    this.bodyType = type;
    return this;
  }

  /**
   * Whether OSS names the host in the TLS handshake.
   *
   * @param sni default: false
   * @return this
   */
  public Callback setCallbackSni(boolean sni) {
    this.sni = sni;
    return this;
  }

  /**
   * A variable of your own.
   *
   * @param name {@code x:} and a name in lower case
   * @param value its value
   * @return this
   */
  public Callback addCallbackVar(String name, String value) {
    variables.put(name, value);
    return this;
  }

  Structs.Callback toStruct(Arena arena) {
    Structs.Callback struct = new Structs.Callback();
    struct.url = arena.text("url", url);
    struct.host = arena.text("host", host);
    struct.body = arena.text("body", body);
    struct.body_type = arena.text("body_type", bodyType);
    struct.sni = sni ? 1 : 0;
    struct.variables = arena.headers("variables", variables);
    struct.variables_len = new Engine.Size(variables.size());
    struct.write();
    return struct;
  }
}
