"""The test server, and files to upload to it."""

import json
import os
import random
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request
from typing import Any, Dict, List

import oss_resumable as oss

KEY_ID, SECRET = "test-access-key-id", "test-access-key-secret"
PART = 102400


class Server:
    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [os.environ["SERVER"], "--exit-with-stdin", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().decode().split()[1]

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()

    def control(self, method: str, path: str, body: Any = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/-/" + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        # Not through a proxy of the environment.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as reply:
            found: bytes = reply.read()
            return found

    def rule(self, op: str, action: Any, **more: Any) -> None:
        self.control("POST", "rules", dict(more, op=op, action=action))

    def log(self) -> List[Dict[str, Any]]:
        found: List[Dict[str, Any]] = json.loads(self.control("GET", "log"))
        return found

    def count(self, op: str) -> int:
        return sum(1 for entry in self.log() if entry["op"] == op)

    def uploads(self) -> List[Any]:
        found: List[Any] = json.loads(self.control("GET", "uploads"))
        return found

    def objects(self) -> List[Dict[str, Any]]:
        found: List[Dict[str, Any]] = json.loads(self.control("GET", "objects"))
        return found

    def object(self, key: str, bucket: str = "examplebucket") -> bytes:
        query = urllib.parse.urlencode(
            {"bucket": bucket, "key": key}, quote_via=urllib.parse.quote
        )
        return self.control("GET", "object?" + query)

    def config(self, **settings: Any) -> oss.Config:
        all_settings: Dict[str, Any] = dict(
            endpoint=self.url,
            region="cn-hangzhou",
            access_key_id=KEY_ID,
            access_key_secret=SECRET,
        )
        all_settings.update(settings)
        return oss.Config(**all_settings)


class ServerTest(unittest.TestCase):
    """A server and an empty directory for each test."""

    arguments: List[str] = []

    def setUp(self) -> None:
        self.server = Server(*self.arguments)
        self.addCleanup(self.server.stop)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.client = oss.Client(self.server.config())
        self.addCleanup(self.client.close)

    def file(self, size: int, name: str = "big.bin") -> str:
        path = os.path.join(self.directory, name)
        data = random.Random(size).getrandbits(8 * size + 1) >> 1
        with open(path, "wb") as out:
            out.write(data.to_bytes(size, "big"))
        return path

    def slow_parts(self) -> None:
        """Holds up each part, so that a test can act in the middle of an upload."""
        self.server.rule("UploadPart", {"delay": {"ms": 150}})

    def assert_stored(self, key: str, path: str) -> None:
        with open(path, "rb") as file:
            self.assertTrue(self.server.object(key) == file.read(), "the object is not the file")

    def assert_monotonic(self, calls: List[Any], total: int) -> None:
        """Progress never goes back, adds up, and ends at the total."""
        so_far = 0
        for increment, consumed, of in calls:
            self.assertEqual(so_far + increment, consumed)
            self.assertGreaterEqual(increment, 0)
            self.assertLessEqual(consumed, total)
            self.assertEqual(of, total)
            so_far = consumed
        self.assertEqual(so_far, total)
