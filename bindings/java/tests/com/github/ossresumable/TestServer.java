package com.github.ossresumable;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The server that SERVER names, one for all tests of a class. */
final class TestServer implements AutoCloseable {
  private final Process process;
  final String url;

  TestServer() throws IOException {
    String program = System.getenv("SERVER");
    if (program == null) {
      throw new IllegalStateException("SERVER has to name the test server");
    }
    process =
        new ProcessBuilder(program, "--exit-with-stdin")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String line =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
    url = line.substring("LISTENING ".length());
  }

  @Override
  public void close() {
    process.destroy();
  }

  OssResumableClientBuilder builder() {
    return OssResumableClient.builder()
        .endpoint(url)
        .region("cn-hangzhou")
        .accessKeyId("test-access-key-id")
        .accessKeySecret("test-access-key-secret");
  }

  void reset() {
    ask("DELETE", "/-/rules", null);
    ask("DELETE", "/-/log", null);
  }

  void rule(String json) {
    ask("POST", "/-/rules", json);
  }

  byte[] object(String key) {
    return ask("GET", "/-/object?bucket=examplebucket&key=" + encode(key), null);
  }

  List<Object> objects(String key) {
    return list("/-/objects?bucket=examplebucket&key=" + encode(key));
  }

  List<Object> uploads() {
    return list("/-/uploads");
  }

  /** How many requests of an operation were made for a key. */
  long requests(String op, String key) {
    return list("/-/log").stream()
        .filter(entry -> op.equals(Json.get(entry, "op")) && key.equals(Json.get(entry, "key")))
        .count();
  }

  @SuppressWarnings("unchecked")
  List<Object> list(String path) {
    return (List<Object>) Json.parse(new String(ask("GET", path, null), StandardCharsets.UTF_8));
  }

  private static String encode(String text) {
    try {
      return URLEncoder.encode(text, "UTF-8").replace("+", "%20");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("deprecation")
  private byte[] ask(String method, String path, String body) {
    try {
      HttpURLConnection connection = (HttpURLConnection) new URL(url + path).openConnection();
      connection.setRequestMethod(method);
      if (body != null) {
        connection.setDoOutput(true);
        connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
      }
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      try (InputStream in = connection.getInputStream()) {
        byte[] buffer = new byte[65536];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          answer.write(buffer, 0, n);
        }
      }
      return answer.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
