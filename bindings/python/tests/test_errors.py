import datetime
import gc
import json
import os
import pickle
import threading
import unittest
from typing import Any, List

import oss_resumable as oss
from support import KEY_ID, PART, SECRET, ServerTest


class Mine(Exception):
    pass


class Errors(ServerTest):
    def test_what_oss_said_is_in_the_error(self) -> None:
        self.server.rule(
            "InitiateMultipartUpload", {"status": {"code": 403, "oss_code": "AccessDenied"}}
        )
        with self.assertRaises(oss.ServiceError) as caught:
            self.client.upload_file("examplebucket", "key", self.file(2 * PART))
        error = caught.exception
        self.assertEqual(error.code, oss.Code.SERVICE)
        self.assertEqual((error.status_code, error.error_code), (403, "AccessDenied"))
        self.assertEqual((error.stage, error.attempts), ("initiate", 1))
        self.assertTrue(error.request_id)
        self.assertFalse(error.retryable)
        self.assertIsNone(error.part_number)
        self.assertEqual(str(error), error.message)
        self.assertEqual(self.server.objects(), [])

    def test_an_error_tells_part_and_offset(self) -> None:
        self.server.rule("UploadPart", {"status": {"code": 400, "oss_code": "Bad"}}, part=3)
        with self.assertRaises(oss.Error) as caught:
            self.client.upload_file("examplebucket", "key", self.file(4 * PART))
        self.assertEqual((caught.exception.part_number, caught.exception.offset), (3, 2 * PART))
        self.assertEqual(caught.exception.stage, "upload")
        self.assertTrue(caught.exception.upload_id)

    def test_a_file_that_is_missing_is_a_file_error_with_the_systems_number(self) -> None:
        with self.assertRaises(oss.FileError) as caught:
            self.client.upload_file("examplebucket", "key", self.directory + "/none")
        self.assertEqual(caught.exception.errno, 2)
        self.assertEqual(self.server.log(), [])

    def test_a_server_that_is_gone_is_a_network_error_with_a_reason(self) -> None:
        client = oss.Client(self.server.config(max_retries=1))
        self.server.stop()
        with self.assertRaises(oss.NetworkError) as caught:
            client.upload_from("examplebucket", "key", b"x")
        self.assertEqual(caught.exception.reason, "connection_refused")
        self.assertEqual(caught.exception.attempts, 2)
        self.assertTrue(caught.exception.retryable)

    def test_bad_arguments_are_refused_with_the_name_of_the_field(self) -> None:
        cases: Any = [
            (lambda: oss.Client(oss.Config(region="cn-hangzhou")), "access_key_id"),
            (lambda: oss.Client(self.server.config(region="a b")), "region"),
            (lambda: oss.Client(self.server.config(connect_timeout=-1)), "connect_timeout_ms"),
            (lambda: oss.Client(self.server.config(max_retries=1 << 40)), "max_retries"),
            (lambda: oss.Client(self.server.config(signature_version=7)), "signature_version"),
            (lambda: oss.Client(self.server.config(proxy="x\0y")), "proxy"),
            (lambda: self.client.upload_from("b", "key", b""), "bucket"),
            (lambda: self.client.upload_from("examplebucket", "a\0b", b""), "object"),
            (lambda: self.client.upload_from("examplebucket", "\udc80", b""), "object"),
            (lambda: self.client.upload_from("examplebucket", "k", b"", part_size=1), "part_size"),
            (
                lambda: self.client.upload_from("examplebucket", "k", b"", parallel_num=1 << 32),
                "thread_num",
            ),
            (
                lambda: self.client.upload_from("examplebucket", "k", b"", headers={"Host": "x"}),
                "headers",
            ),
        ]
        for call, field in cases:
            with self.assertRaises(oss.InvalidArgumentError) as caught:
                call()
            self.assertTrue(str(caught.exception).startswith(field), str(caught.exception))
            self.assertIsInstance(caught.exception, ValueError)
        self.assertEqual(self.server.log(), [])

    def test_what_the_progress_callback_throws_cancels_the_upload_and_comes_out(self) -> None:
        self.slow_parts()
        path = self.file(20 * PART)

        def progress(increment: int, consumed: int, total: int) -> None:
            if consumed >= 3 * PART:
                raise Mine("in the middle")

        with self.assertRaisesRegex(Mine, "in the middle"):
            self.client.upload_file(
                "examplebucket", "key", path, enable_checkpoint=True, progress_fn=progress
            )
        self.assertEqual(self.server.objects(), [])
        # It has really ended: the checkpoint is free, and the next call resumes.
        result = self.client.upload_file("examplebucket", "key", path, enable_checkpoint=True)
        self.assertGreaterEqual(result.resumed_bytes, 2 * PART)
        self.assert_stored("key", path)

    def test_a_canceled_upload_without_a_checkpoint_leaves_nothing_on_the_server(self) -> None:
        self.slow_parts()

        def progress(*_: int) -> None:
            raise Mine()

        with self.assertRaises(Mine):
            self.client.upload_file(
                "examplebucket", "key", self.file(20 * PART), progress_fn=progress
            )
        self.assertEqual(self.server.uploads(), [])

    def test_use_after_close_is_a_clear_error_and_closing_twice_is_harmless(self) -> None:
        path = self.file(3 * PART)
        upload = self.client.start_upload("examplebucket", "key", path)
        self.client.close()
        self.client.close()
        upload.result()
        self.assert_stored("key", path)
        upload.close()
        upload.close()
        for call in (upload.result, upload.progress, upload.cancel, upload.done):
            with self.assertRaisesRegex(oss.StateError, "this upload is closed"):
                call()
        with self.assertRaisesRegex(oss.StateError, "this client is closed"):
            self.client.upload_file("examplebucket", "key", path)
        with self.assertRaisesRegex(oss.StateError, "this client is closed"):
            self.client.list_uploads("examplebucket")

    def test_closing_an_upload_while_another_thread_waits_is_no_crash(self) -> None:
        self.slow_parts()
        path = self.file(20 * PART)
        for _ in range(5):
            upload = self.client.start_upload("examplebucket", "key", path)
            errors: List[BaseException] = []

            def wait() -> None:
                try:
                    upload.result()
                except oss.StateError as error:
                    errors.append(error)

            thread = threading.Thread(target=wait)
            thread.start()
            while not upload.progress().parts_done:
                pass
            upload.close()
            thread.join()
            self.assertEqual(len(errors), 1)

    def test_an_upload_that_nobody_holds_is_canceled_by_the_collector(self) -> None:
        self.slow_parts()
        upload = self.client.start_upload("examplebucket", "key", self.file(200 * PART))
        while not upload.progress().parts_done:
            pass
        del upload
        gc.collect()
        for _ in range(100):
            if not self.server.uploads():
                break
            threading.Event().wait(0.05)
        self.assertEqual(self.server.uploads(), [])
        self.assertEqual(self.server.objects(), [])

    def test_errors_and_results_can_be_pickled_and_clients_say_that_they_cannot(self) -> None:
        with self.assertRaises(oss.FileError) as caught:
            self.client.upload_file("examplebucket", "key", self.directory)
        copy = pickle.loads(pickle.dumps(caught.exception))
        self.assertIsInstance(copy, oss.FileError)
        self.assertEqual(copy.__dict__, caught.exception.__dict__)
        result = self.client.upload_from("examplebucket", "key", b"x")
        self.assertEqual(pickle.loads(pickle.dumps(result)), result)
        with self.assertRaisesRegex(TypeError, "cannot be pickled"):
            pickle.dumps(self.client)

    def test_no_secret_is_in_the_repr_of_the_settings(self) -> None:
        config = self.server.config(proxy="http://me:canary-1@proxy", proxy_password="canary-2")
        config.access_key_secret = "canary-3"
        config.security_token = "canary-4"
        config.credentials_provider = oss.credentials.StaticCredentialsProvider("id", "canary-5")
        self.assertNotIn("canary", repr(config))


class Callbacks(ServerTest):
    def settings(self, provider: Any, **more: Any) -> oss.Config:
        return self.server.config(
            access_key_id=None, access_key_secret=None, credentials_provider=provider, **more
        )

    def test_a_provider_is_asked_once_for_all_uploads(self) -> None:
        asked: List[int] = []

        def get() -> oss.Credentials:
            asked.append(1)
            gc.collect()
            return oss.Credentials(
                KEY_ID,
                SECRET,
                expiration=datetime.datetime.now(datetime.timezone.utc)
                + datetime.timedelta(hours=1),
            )

        client = oss.Client(self.settings(get))
        path = self.file(3 * PART)
        for key in ("1", "2"):
            client.upload_file("examplebucket", key, path)
            self.assert_stored(key, path)
        self.assertEqual(len(client.list_uploads("examplebucket")), 0)
        self.assertEqual(len(asked), 1)

    def test_temporary_credentials_of_a_provider_object_carry_their_token(self) -> None:
        class Provider:
            def get_credentials(self) -> oss.Credentials:
                return oss.Credentials(
                    "test-sts-access-key-id", "test-sts-access-key-secret", "test-sts-token"
                )

        client = oss.Client(self.settings(Provider()))
        client.upload_from("examplebucket", "key", b"text")
        self.assertEqual(self.server.object("key"), b"text")

    def test_what_a_provider_throws_comes_out_of_an_upload_and_of_a_listing(self) -> None:
        def get() -> oss.Credentials:
            raise Mine("no credentials today")

        client = oss.Client(self.settings(get, max_retries=-1))
        with self.assertRaisesRegex(Mine, "today"):
            client.upload_from("examplebucket", "key", b"x")
        with self.assertRaisesRegex(Mine, "today"):
            client.list_uploads("examplebucket")
        self.assertEqual(self.server.log(), [])

    def test_static_credentials_and_their_replacement_are_used(self) -> None:
        provider = oss.credentials.StaticCredentialsProvider(KEY_ID, "wrong")
        client = oss.Client(self.settings(provider))
        with self.assertRaises(oss.ServiceError) as caught:
            client.upload_from("examplebucket", "key", b"x")
        self.assertEqual(caught.exception.error_code, "SignatureDoesNotMatch")
        client.set_credentials(KEY_ID, SECRET)
        client.upload_from("examplebucket", "key", b"x")
        with self.assertRaises(oss.InvalidArgumentError):
            client.set_credentials("", SECRET)

    def test_the_engine_finds_credentials_in_a_profile(self) -> None:
        profile = os.path.join(self.directory, "config.json")
        entry = dict(name="me", mode="AK", access_key_id=KEY_ID, access_key_secret=SECRET)
        with open(profile, "w") as file:
            json.dump(dict(current="me", profiles=[entry]), file)
        provider = oss.credentials.DefaultCredentialsProvider("profile", profile_file=profile)
        oss.Client(self.settings(provider)).upload_from("examplebucket", "key", b"x")
        with self.assertRaises(oss.CredentialsError):
            missing = oss.credentials.DefaultCredentialsProvider(
                "profile", profile_file=self.directory + "/none"
            )
            oss.Client(self.settings(missing, max_retries=-1)).upload_from(
                "examplebucket", "key", b"x"
            )

    def test_the_log_tells_every_request_and_no_secret(self) -> None:
        lines: List[Any] = []
        client = oss.Client(
            self.server.config(
                log_callback=lambda level, line: lines.append((level, line)),
                log_level=oss.LogLevel.TRACE,
            )
        )
        client.upload_file("examplebucket", "key", self.file(3 * PART))
        self.assertGreater(len(lines), 5)
        self.assertNotIn(SECRET, str(lines))
        path = os.path.join(self.directory, "log")
        config = self.server.config(log_file=path, log_level=oss.LogLevel.INFO)
        oss.Client(config).upload_from("examplebucket", "key", b"x")
        self.assertGreater(os.path.getsize(path), 0)

    def test_collections_in_thousands_of_callbacks_harm_nothing(self) -> None:
        calls: List[int] = []

        def log(level: int, line: str) -> None:
            gc.collect()
            calls.append(level)

        path = self.file(30 * PART)
        gc.freeze()  # what is there need not be looked at thousands of times
        self.addCleanup(gc.unfreeze)
        for _ in range(40):
            config = self.server.config(log_callback=log, log_level=oss.LogLevel.TRACE)
            # A client of its own for each: those before it have become garbage.
            oss.Client(config).upload_file("examplebucket", "key", path, parallel_num=8)
            self.assert_stored("key", path)
        self.assertGreater(len(calls), 2000)

    def test_what_a_log_callback_throws_comes_out(self) -> None:
        def log(level: int, line: str) -> None:
            raise Mine("full")

        self.slow_parts()
        config = self.server.config(log_callback=log, log_level=oss.LogLevel.DEBUG)
        with self.assertRaises(Mine):
            oss.Client(config).upload_file("examplebucket", "key", self.file(9 * PART))
        self.assertEqual(self.server.objects(), [])

    def test_what_a_log_callback_throws_comes_out_of_a_call_that_succeeds(self) -> None:
        def log(level: int, line: str) -> None:
            raise Mine("full")

        client = oss.Client(self.server.config(log_callback=log, log_level=oss.LogLevel.DEBUG))
        with self.assertRaises(Mine):
            client.list_uploads("examplebucket")
        with self.assertRaises(Mine):
            client.abort_upload("examplebucket", "key", "unknown")

    def test_what_a_callback_throws_in_one_upload_does_not_end_another(self) -> None:
        failing = threading.local()
        failed: List[BaseException] = []

        def log(level: int, line: str) -> None:
            if getattr(failing, "now", False):
                raise Mine("full")

        def fail(client: oss.Client, path: str) -> None:
            failing.now = True
            for _ in range(8):
                try:
                    client.upload_file("examplebucket", "failing", path)
                except Mine as error:
                    failed.append(error)

        # Longer than the others, so that it has many chances to take what is not its own.
        self.server.rule("UploadPart", {"delay": {"ms": 100}})
        config = self.server.config(log_callback=log, log_level=oss.LogLevel.DEBUG)
        with oss.Client(config) as client:
            small, big = self.file(3 * PART, "small"), self.file(20 * PART)
            threads = [
                threading.Thread(target=fail, args=(client, small)),
                threading.Thread(target=client.upload_file, args=("examplebucket", "good", big)),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        # Not always 8: whoever waits takes the lines of both uploads, now and then all of them.
        self.assertGreater(len(failed), 0)
        self.assert_stored("good", big)

    def test_the_upload_callback_reaches_oss_and_its_failure_is_a_warning(self) -> None:
        callback = oss.Callback(
            url="http://127.0.0.1:1/stored",
            body='{"user":${x:user}}',
            body_type="application/json",
            variables={"x:user": '\u738b "W"'},
        )
        result = self.client.upload_from("examplebucket", "key", b"x", callback=callback)
        put = [e for e in self.server.log() if e["op"] == "PutObject"][0]
        names = {name.lower() for name, _ in put["headers"]}
        self.assertLessEqual({"x-oss-callback", "x-oss-callback-var"}, names)
        if result.status_code == 203:
            self.assertTrue(result.warnings & oss.Warn.CALLBACK_FAILED)
            self.assertTrue(result.callback_error)


if __name__ == "__main__":
    unittest.main()
