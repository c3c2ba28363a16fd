import os
import threading
import unittest
from typing import Any, List

import oss_resumable as oss
from support import PART, ServerTest


class Uploads(ServerTest):
    def test_a_file_is_stored_and_the_result_tells_what_the_server_has(self) -> None:
        path = self.file(10 * PART + 1)
        result = self.client.upload_file("examplebucket", "dir/big.bin", path, parallel_num=3)
        self.assert_stored("dir/big.bin", path)
        stored = self.server.objects()[0]
        self.assertEqual(str(result.hash_crc64), str(stored["crc64"]))
        self.assertEqual(result.etag, stored["etag"].strip('"'))
        self.assertEqual((result.parts, result.part_size), (11, PART))
        self.assertEqual(result.status_code, 200)
        self.assertEqual((result.resumed_bytes, result.retries), (0, 0))
        self.assertEqual(result.warnings, oss.Warn(0))
        self.assertTrue(result.request_id and result.upload_id)
        self.assertEqual(result.headers["x-oss-hash-crc64ecma"], str(result.hash_crc64))
        self.assertEqual(self.server.count("UploadPart"), 11)
        self.assertEqual(self.server.uploads(), [])

    def test_an_empty_file_and_one_of_one_part_are_stored_with_one_request(self) -> None:
        for size in (0, 1, PART):
            calls: List[Any] = []
            path = self.file(size)
            result = self.client.upload_file(
                "examplebucket", "small", path, progress_fn=lambda *call: calls.append(call)
            )
            self.assertEqual((result.parts, result.upload_id), (1, None))
            self.assert_stored("small", path)
            self.assert_monotonic(calls, size)
            self.assertTrue(calls)
        self.assertEqual(self.server.count("PutObject"), 3)
        self.assertEqual(self.server.count("InitiateMultipartUpload"), 0)

    def test_progress_never_goes_back_and_ends_at_the_total(self) -> None:
        self.slow_parts()
        path = self.file(20 * PART)
        calls: List[Any] = []
        thread = threading.current_thread()

        def progress(*call: int) -> None:
            self.assertIs(threading.current_thread(), thread)
            calls.append(call)

        self.client.upload_file("examplebucket", "key", path, progress_fn=progress)
        self.assert_monotonic(calls, 20 * PART)
        self.assertGreater(len(calls), 2)

    def test_an_upload_that_was_canceled_is_resumed_and_sends_only_what_is_missing(self) -> None:
        self.slow_parts()
        path = self.file(20 * PART)
        with self.client.start_upload(
            "examplebucket", "key", path, enable_checkpoint=True
        ) as upload:
            while upload.progress().parts_done < 5:
                with self.assertRaises(TimeoutError):
                    upload.result(timeout=0.02)
            upload.cancel()
            with self.assertRaises(oss.CanceledError) as caught:
                upload.result()
        self.assertEqual(caught.exception.code, oss.Code.CANCELED)
        self.assertTrue(os.path.exists(path + ".ucp"))
        self.assertEqual(self.server.objects(), [])
        before = self.server.count("UploadPart")
        calls: List[Any] = []
        result = self.client.upload_file(
            "examplebucket",
            "key",
            path,
            enable_checkpoint=True,
            progress_fn=lambda *call: calls.append(call),
        )
        self.assertGreaterEqual(result.resumed_bytes, 5 * PART)
        self.assertEqual(
            self.server.count("UploadPart") - before, 20 - result.resumed_bytes // PART
        )
        self.assertGreaterEqual(calls[0][1], result.resumed_bytes)
        self.assert_monotonic(calls, 20 * PART)
        self.assert_stored("key", path)
        self.assertFalse(os.path.exists(path + ".ucp"))

    def test_bytes_and_open_files_are_stored(self) -> None:
        for data in (b"", b"a\0b" * PART, bytearray(b"x"), memoryview(b"xyz")[1:]):
            self.client.upload_from("examplebucket", "memory", data)
            self.assertTrue(self.server.object("memory") == bytes(data))
        path = self.file(3 * PART)
        with open(path, "rb") as file:
            file.seek(7)
            self.client.upload_from("examplebucket", "open", file)
            self.assertEqual(file.tell(), 7)
        self.assert_stored("open", path)
        with self.assertRaises(TypeError):
            self.client.upload_from("examplebucket", "wrong", "text")  # type: ignore[arg-type]

    def test_memory_is_resumed_from_a_checkpoint_with_a_path(self) -> None:
        self.slow_parts()
        data = os.urandom(20 * PART)
        checkpoint = os.path.join(self.directory, "memory.ucp")
        options: Any = dict(enable_checkpoint=True, checkpoint_path=checkpoint)
        with self.client.start_upload("examplebucket", "key", None, data=data, **options) as upload:
            while upload.progress().parts_done < 3:
                pass
            upload.cancel()
            self.assertRaises(oss.CanceledError, upload.result)
        result = self.client.upload_from("examplebucket", "key", data, **options)
        self.assertGreaterEqual(result.resumed_bytes, 3 * PART)
        self.assertTrue(self.server.object("key") == data)

    def test_odd_names_arrive_as_they_are(self) -> None:
        for key in ("dir/ a+b&c=%25?#", "\u738b\u5c0f\u660e/\U0001f600.bin", "'\"<>\\", "x" * 1023):
            path = self.file(PART + 1, "\u00e4 \u738b'\n.bin")
            self.client.upload_file("examplebucket", key, path)
            self.assert_stored(key, path)
        odd = os.path.join(os.fsencode(self.directory), b"not-utf-8-\xff.bin")
        os.rename(path, odd)
        self.client.upload_file("examplebucket", "bytes", odd)
        self.assert_stored("bytes", os.fsdecode(odd))
        self.client.upload_file("examplebucket", "escaped", os.fsdecode(odd))
        self.assert_stored("escaped", os.fsdecode(odd))

    def test_headers_and_metadata_reach_the_object(self) -> None:
        path = self.file(2 * PART)
        self.client.upload_file(
            "examplebucket",
            "key",
            path,
            headers={"Content-Type": "text/x-test"},
            metadata={"author": "me"},
        )
        begun = [e for e in self.server.log() if e["op"] == "InitiateMultipartUpload"][0]
        headers = {name.lower(): value for name, value in begun["headers"]}
        self.assertEqual(headers["content-type"], "text/x-test")
        self.assertEqual(headers["x-oss-meta-author"], "me")

    def test_a_checkpoint_may_be_in_a_directory_of_its_own(self) -> None:
        self.slow_parts()
        path = self.file(9 * PART)
        place = os.path.join(self.directory, "checkpoints")
        os.mkdir(place)
        with self.client.start_upload(
            "examplebucket", "key", path, enable_checkpoint=True, checkpoint_path=place
        ) as upload:
            while upload.progress().parts_done < 2:
                pass
            self.assertEqual(len(os.listdir(place)), 1)
            self.assertFalse(os.path.exists(path + ".ucp"))
            upload.result()
        self.assertEqual(os.listdir(place), [])

    def test_the_official_sdks_way_of_saying_it_does_the_same(self) -> None:
        path = self.file(3 * PART)
        os.environ["OSS_ACCESS_KEY_ID"] = "test-access-key-id"
        os.environ["OSS_ACCESS_KEY_SECRET"] = "test-access-key-secret"
        cfg = oss.config.load_default()
        cfg.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
        cfg.region = "cn-hangzhou"
        cfg.endpoint = self.server.url
        client = oss.Client(cfg)
        calls: List[Any] = []
        uploader = client.uploader(enable_checkpoint=True, checkpoint_dir=self.directory + "/")
        result = uploader.upload_file(
            oss.PutObjectRequest(
                bucket="examplebucket",
                key="key",
                forbid_overwrite=True,
                content_type="text/x-test",
                progress_fn=lambda *call: calls.append(call),
            ),
            filepath=path,
        )
        self.assertEqual(result.status_code, 200)
        self.assert_stored("key", path)
        self.assert_monotonic(calls, 3 * PART)
        done = [e for e in self.server.log() if e["op"] == "CompleteMultipartUpload"][0]
        self.assertIn(["x-oss-forbid-overwrite", "true"], done["headers"])

    def test_an_unknown_option_is_refused(self) -> None:
        with self.assertRaises(TypeError):
            self.client.upload_from("examplebucket", "key", b"", part_sice=1)

    def test_uploads_in_many_threads_with_one_client_do_not_mix(self) -> None:
        paths = [self.file(5 * PART + at, "file{}".format(at)) for at in range(12)]
        results: List[Any] = []

        def run(at: int) -> None:
            results.append(
                self.client.upload_file("examplebucket", "key{}".format(at), paths[at])
            )

        threads = [threading.Thread(target=run, args=(at,)) for at in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 12)
        for at in range(12):
            self.assert_stored("key{}".format(at), paths[at])

    def test_two_threads_may_wait_for_one_upload(self) -> None:
        self.slow_parts()
        path = self.file(10 * PART)
        upload = self.client.start_upload("examplebucket", "key", path)
        results: List[Any] = []
        threads = [
            threading.Thread(target=lambda: results.append(upload.result())) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 3)
        self.assertEqual(len({result.hash_crc64 for result in results}), 1)
        self.assert_stored("key", path)

    def test_unfinished_uploads_are_listed_discarded_and_aborted(self) -> None:
        self.slow_parts()
        for name in ("a/1", "a/2", "b/1"):
            path = self.file(9 * PART, name.replace("/", "-"))
            with self.client.start_upload(
                "examplebucket", name, path, enable_checkpoint=True
            ) as upload:
                while upload.progress().parts_done < 1:
                    pass
                upload.cancel()
                self.assertRaises(oss.CanceledError, upload.result)
        listed = self.client.list_uploads("examplebucket", "a/")
        self.assertEqual([entry.key for entry in listed], ["a/1", "a/2"])
        self.assertLess(abs(listed[0].initiated.timestamp() - os.stat(path).st_mtime), 60)
        self.client.abort_upload("examplebucket", listed[0].key, listed[0].upload_id)
        self.client.abort_upload("examplebucket", listed[0].key, listed[0].upload_id)
        self.client.discard("examplebucket", "b/1", path)
        self.client.discard("examplebucket", "b/1", path)
        self.assertFalse(os.path.exists(path + ".ucp"))
        self.assertEqual(len(self.server.uploads()), 1)
        self.assertEqual(self.client.abort_uploads("examplebucket", min_age_seconds=3600), 0)
        self.assertEqual(self.client.abort_uploads("examplebucket"), 1)
        self.assertEqual(self.server.uploads(), [])

    def test_a_bandwidth_limit_slows_and_is_lifted(self) -> None:
        path = self.file(20 * PART)
        self.client.set_bandwidth_limit(200 * 1024)
        with self.client.start_upload("examplebucket", "key", path) as upload:
            with self.assertRaises(TimeoutError):
                upload.result(timeout=1.0)
            self.assertLess(upload.progress().consumed_bytes, 10 * PART)
            self.client.set_bandwidth_limit(0)
            upload.result(timeout=5)
        self.assert_stored("key", path)
        with self.assertRaises(oss.InvalidArgumentError):
            self.client.set_bandwidth_limit(1)
        with self.assertRaises(oss.InvalidArgumentError):
            self.client.set_bandwidth_limit(1 << 64)


class Versions(ServerTest):
    arguments = ["--versioning"]

    def test_the_version_id_is_told(self) -> None:
        result = self.client.upload_from("examplebucket", "key", b"text")
        self.assertEqual(result.version_id, result.headers["x-oss-version-id"])


if __name__ == "__main__":
    unittest.main()
