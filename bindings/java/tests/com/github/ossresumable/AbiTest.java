package com.github.ossresumable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Pointer;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

@Order(1)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AbiTest {
  private static final Map<String, Structs.Sized> STRUCTS = new HashMap<>();

  static {
    STRUCTS.put("oss_resumable_config_t", new Structs.Config());
    STRUCTS.put("oss_resumable_credentials_t", new Structs.Credentials());
    STRUCTS.put("oss_resumable_source_t", new Structs.Source());
    STRUCTS.put("oss_resumable_callback_t", new Structs.Callback());
    STRUCTS.put("oss_resumable_params_t", new Structs.Params());
    STRUCTS.put("oss_resumable_progress_t", new Structs.Progress());
  }

  private final Object abi =
      Json.parse(
          new String(
              Files.readAllBytes(Paths.get(System.getProperty("abi"))), StandardCharsets.UTF_8));

  AbiTest() throws Exception {}

  @Test
  @Order(1)
  void structs_have_the_sizes_and_offsets_of_the_header() throws Exception {
    Map<String, Object> structs = Json.get(abi, "structs");
    // Arena writes it by itself: see the next test.
    structs.remove("oss_resumable_header_t");
    assertEquals(structs.keySet(), STRUCTS.keySet());
    for (String name : structs.keySet()) {
      Object expected = structs.get(name);
      Structs.Sized ours = STRUCTS.get(name);
      assertEquals(Json.get(expected, "size"), "" + ours.size(), name);
      List<Object> fields = Json.get(expected, "fields");
      assertEquals(fields.size(), ours.fieldNames().size(), name);
      for (Object field : fields) {
        String fieldName = Json.get(field, "name");
        String which = name + "." + fieldName;
        assertEquals(Json.get(field, "offset"), "" + ours.offsetOf(fieldName), which);
        assertEquals(Json.get(field, "size"), "" + ours.sizeOf(fieldName), which);
      }
    }
  }

  @Test
  @Order(2)
  void headers_are_written_as_the_header_has_them() {
    Object expected = Json.get(abi, "structs", "oss_resumable_header_t");
    long size = Long.parseLong(Json.get(expected, "size"));
    List<Object> fields = Json.get(expected, "fields");
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("name", "value");
    headers.put("name 2", "value 2");
    try (Arena arena = new Arena()) {
      Pointer array = arena.headers("headers", headers);
      for (Object field : fields) {
        String name = Json.get(field, "name");
        long offset = Long.parseLong(Json.get(field, "offset"));
        assertEquals(name, array.getPointer(offset).getString(0));
        assertEquals(name + " 2", array.getPointer(size + offset).getString(0));
      }
      assertEquals(2, fields.size());
    }
  }

  @Test
  void codes_have_the_numbers_of_the_header() {
    Map<String, Object> codes = Json.get(abi, "codes");
    assertEquals("" + Engine.OK, codes.remove("OSS_RESUMABLE_OK"));
    assertEquals("" + Engine.PENDING, codes.remove("OSS_RESUMABLE_PENDING"));
    Map<String, Object> ours =
        Stream.of(ErrorCode.values())
            .filter(code -> code != ErrorCode.UNKNOWN)
            .collect(Collectors.toMap(c -> "OSS_RESUMABLE_E_" + c.name(), c -> "" + c.getNumber()));
    assertEquals(codes, ours);
    assertEquals(ErrorCode.UNKNOWN, ErrorCode.of(-12345));
  }

  @Test
  void constants_and_stages_have_the_numbers_of_the_header() {
    Map<String, String> ours = new HashMap<>();
    ours.put("OSS_RESUMABLE_AUTO", "" + UploadFileRequest.AUTO);
    ours.put("OSS_RESUMABLE_SOURCE_MEMORY", "" + UploadFileRequest.SOURCE_MEMORY);
    // Java has no file descriptors to pass on.
    ours.put("OSS_RESUMABLE_SOURCE_FILE", "1");
    put(ours, "ENDPOINT", EndpointType.values());
    put(ours, "LOG", LogLevel.values());
    put(ours, "VERIFY", VerifyOnResume.values());
    for (Warning warning : Warning.values()) {
      ours.put("OSS_RESUMABLE_WARN_" + warning, "" + warning.getBit());
    }
    assertEquals(Json.<Object>get(abi, "constants"), ours);

    Map<String, Object> stages = Json.get(abi, "stages");
    stages.forEach(
        (name, number) ->
            assertEquals(
                name, "OSS_RESUMABLE_STAGE_" + Stage.of(Integer.parseInt((String) number))));
    assertEquals(stages.size(), Stage.values().length - 1);
  }

  private static void put(Map<String, String> all, String kind, Enum<?>[] values) {
    for (Enum<?> value : values) {
      all.put("OSS_RESUMABLE_" + kind + "_" + value, "" + value.ordinal());
    }
  }

  @Test
  void every_function_that_is_called_is_in_the_header_with_as_many_arguments() {
    Map<String, String> functions = Json.get(abi, "functions");
    Set<String> unused = new TreeSet<>(functions.keySet());
    for (Method method : Engine.class.getDeclaredMethods()) {
      if (!method.getName().startsWith("oss_resumable_")) {
        continue;
      }
      String declaration = functions.get(method.getName());
      assertTrue(declaration != null, method.getName());
      String arguments = declaration.substring(declaration.indexOf('(') + 1);
      int expected = arguments.equals("void)") ? 0 : arguments.split(",").length;
      assertEquals(expected, method.getParameterCount(), method.getName());
      unused.remove(method.getName());
    }
    assertEquals(
        "[oss_resumable_result_code, oss_resumable_result_header, oss_resumable_upload_file]",
        unused.toString());
  }

  @Test
  void the_library_is_of_the_version_that_the_binding_was_made_for() {
    assertEquals(Json.get(abi, "version"), OssResumableClient.libraryVersion());
    assertEquals(
        Json.get(abi, "version_number"),
        "" + EngineLoader.engine().oss_resumable_version_number());
  }

  @Test
  void a_library_of_another_minor_or_major_version_is_refused_by_name() {
    EngineLoader.checkVersion(199, "0.1.99");
    for (int number : new int[] {200, 10100}) {
      UnsatisfiedLinkError error =
          assertThrows(
              UnsatisfiedLinkError.class, () -> EngineLoader.checkVersion(number, "9.9.9"));
      assertTrue(error.getMessage().contains("9.9.9"), error.getMessage());
    }
  }

  @Test
  void a_library_that_is_not_where_the_environment_says_is_an_error() {
    assertThrows(UnsatisfiedLinkError.class, () -> EngineLoader.load("/nowhere/liboss_resumable.so"));
  }
}
