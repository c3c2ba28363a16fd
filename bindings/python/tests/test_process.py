import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
import unittest.mock
from typing import Any, List

import oss_resumable as oss
from oss_resumable._library import lib
from support import PART, ServerTest

PROGRAM = """
import sys
import oss_resumable as oss
url, path, log = sys.argv[1:]
config = oss.Config(endpoint=url, region="cn-hangzhou", access_key_id="test-access-key-id",
                    access_key_secret="test-access-key-secret")
if log == "log":
    config.log_callback, config.log_level = lambda level, line: None, oss.LogLevel.TRACE
def progress(increment, consumed, total):
    if consumed > 300000:
        print("ready", flush=True)
try:
    oss.Client(config).upload_file("examplebucket", "key", path, enable_checkpoint=True,
                                   progress_fn=progress)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    raise
"""

ABANDON = """
import sys
import oss_resumable as oss
config = oss.Config(endpoint=sys.argv[1], region="cn-hangzhou", access_key_id="test-access-key-id",
                    access_key_secret="test-access-key-secret", log_level=oss.LogLevel.TRACE,
                    log_callback=lambda level, line: sum(range(100000)))
upload = oss.Client(config).start_upload("examplebucket", "key", sys.argv[2], parallel_num=8)
try:
    upload.result(timeout=0.3)
except TimeoutError:
    sys.exit(7)
"""

# What forked children inherit; a client cannot be pickled.
_shared: List[Any] = []


def upload_one(at: int) -> int:
    client, path = _shared
    crc64: int = client.upload_file("examplebucket", "key{}".format(at), path).hash_crc64
    return crc64


class Processes(ServerTest):
    def interrupt(self, log: str) -> None:
        self.slow_parts()
        path = self.file(60 * PART)
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, self.server.url, path, log],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        self.assertIn(b"interrupted", out)
        self.assertNotIn(b"Exception ignored", err)
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertEqual(self.server.objects(), [])
        result = self.client.upload_file("examplebucket", "key", path, enable_checkpoint=True)
        self.assertGreaterEqual(result.resumed_bytes, 2 * PART)
        self.assert_stored("key", path)

    def test_a_ctrl_c_keeps_the_checkpoint_and_is_raised_again(self) -> None:
        self.interrupt("")

    def test_a_ctrl_c_is_not_lost_in_a_callback(self) -> None:
        self.interrupt("log")

    def test_what_a_call_finds_after_a_ctrl_c_is_freed(self) -> None:
        self.server.rule("ListMultipartUploads", {"delay": {"ms": 3000}})
        freed: List[Any] = []

        def free(pointer: Any) -> None:
            freed.append(pointer.value)
            upload_list_free(pointer)

        upload_list_free = getattr(lib, "upload_list_free")
        with unittest.mock.patch.object(lib, "upload_list_free", free):
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
            with self.assertRaises(KeyboardInterrupt):
                self.client.list_uploads("examplebucket")
            end = time.monotonic() + 20
            while not freed and time.monotonic() < end:
                time.sleep(0.05)
        self.assertEqual(len(freed), 1)
        self.assertTrue(freed[0])

    def test_a_client_works_in_a_forked_child_and_the_parents_upload_goes_on(self) -> None:
        self.slow_parts()
        path = self.file(20 * PART)
        upload = self.client.start_upload("examplebucket", "parent", path)
        while not upload.progress().parts_done:
            pass

        def child() -> None:
            try:
                upload.result()
            except oss.StateError:
                self.client.upload_file("examplebucket", "child", path)
                os._exit(0)
            os._exit(1)

        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        process.join(60)
        self.assertEqual(process.exitcode, 0)
        upload.result()
        self.assert_stored("parent", path)
        self.assert_stored("child", path)

    def test_a_pool_of_forked_workers_uploads_at_the_same_time(self) -> None:
        self.client.upload_from("examplebucket", "before", b"x")
        path = self.file(5 * PART)
        _shared[:] = [self.client, path]
        with multiprocessing.get_context("fork").Pool(3) as pool:
            found = pool.map(upload_one, range(6))
        self.assertEqual(len(set(found)), 1)
        for at in range(6):
            self.assert_stored("key{}".format(at), path)

    def test_a_process_that_ends_in_the_middle_ends_at_once(self) -> None:
        self.slow_parts()
        program = PROGRAM.replace('print("ready", flush=True)', "sys.exit(7)")
        run = subprocess.run(
            [sys.executable, "-c", program, self.server.url, self.file(60 * PART), ""], timeout=20
        )
        self.assertEqual(run.returncode, 7)

    def test_a_process_may_end_while_callbacks_run_in_a_thread_of_ours(self) -> None:
        self.server.rule("UploadPart", {"delay": {"ms": 400}})
        for _ in range(5):
            run = subprocess.run(
                [sys.executable, "-c", ABANDON, self.server.url, self.file(60 * PART)],
                timeout=20,
                stderr=subprocess.PIPE,
            )
            self.assertEqual((run.returncode, run.stderr), (7, b""))


if __name__ == "__main__":
    unittest.main()
