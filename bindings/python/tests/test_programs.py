import os
import subprocess
import sys
import unittest
from typing import Any

from support import KEY_ID, PART, SECRET, ServerTest

HERE = os.path.dirname(os.path.abspath(__file__))


class Programs(ServerTest):
    def run_program(self, path: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        environment = dict(os.environ, OSS_ACCESS_KEY_ID=KEY_ID, OSS_ACCESS_KEY_SECRET=SECRET)
        return subprocess.run(
            [sys.executable, os.path.join(HERE, path), *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=60,
        )

    def example(self, *arguments: str) -> Any:
        where = ("--endpoint", self.server.url, "--region", "cn-hangzhou")
        return self.run_program("../example.py", *arguments, *where)

    def test_the_example_uploads_and_tells_the_outcome_in_its_last_line(self) -> None:
        path = self.file(3 * PART)
        run = self.example(
            path, "oss://examplebucket/dir/key", "--part-size=102400", "--header", "Content-Type: a/b"
        )
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(
            run.stdout, rb"^etag=\S+ crc64=\d+ request_id=\S+ resumed_bytes=0\n$"
        )
        self.assert_stored("dir/key", path)

    def test_the_example_has_the_exit_codes_of_oss_upload(self) -> None:
        path = self.file(3 * PART)
        self.assertEqual(self.run_program("../example.py").returncode, 2)
        self.assertEqual(self.example(path, "oss://examplebucket").returncode, 2)
        self.assertEqual(self.example(path, "oss://b/k").returncode, 2)
        self.assertEqual(self.example(path + "-none", "oss://examplebucket/k").returncode, 4)
        with open(path + ".ucp", "w") as file:
            file.write("not a checkpoint")
        run = self.example(path, "oss://examplebucket/k", "--part-size", "102400")
        self.assertEqual(run.returncode, 5)
        self.server.rule("PutObject", {"status": {"code": 403, "oss_code": "AccessDenied"}})
        run = self.example(path, "oss://examplebucket/k", "--no-checkpoint")
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"E_SERVICE oss_code=AccessDenied request_id=", run.stderr)

    def test_the_conformance_program_reads_and_writes_its_protocol(self) -> None:
        path = self.file(3 * PART)
        request = os.path.join(self.directory, "request")
        lines = {
            "config.endpoint": self.server.url,
            "config.region": "cn-hangzhou",
            "config.access_key_id": KEY_ID,
            "config.access_key_secret": SECRET,
            "upload.bucket": "examplebucket",
            "upload.object": "100%25",
            "upload.file": path,
            "second.bucket": "examplebucket",
            "second.object": "two",
            "second.file": path,
        }
        with open(request, "w") as file:
            file.writelines("{}={}\n".format(*line) for line in lines.items())
        run = self.run_program("conformance.py", request)
        found = dict(line.split("=", 1) for line in run.stdout.decode().splitlines())
        self.assertEqual((found["outcome"], found["second.outcome"]), ("ok", "ok"))
        self.assertEqual(found["progress.last"], str(3 * PART))
        self.assertEqual(found["parts"], "3")
        self.assert_stored("100%", path)
        self.assert_stored("two", path)
        with open(request, "a") as file:
            file.write("action.unknown=1\n")
        self.assertEqual(self.run_program("conformance.py", request).returncode, 2)


if __name__ == "__main__":
    unittest.main()
