import asyncio
import gc
import os
import unittest
from typing import Any, List

import oss_resumable as oss
from support import PART, ServerTest


class Async(ServerTest):
    def test_many_uploads_run_in_one_event_loop_that_keeps_ticking(self) -> None:
        self.slow_parts()
        path = self.file(8 * PART)
        ticks: List[int] = []

        async def tick() -> None:
            while True:
                ticks.append(1)
                await asyncio.sleep(0.01)

        async def main() -> List[oss.UploadResult]:
            ticking = asyncio.ensure_future(tick())
            results = await asyncio.gather(
                *(
                    self.client.upload_file_async("examplebucket", "key{}".format(at), path)
                    for at in range(10)
                )
            )
            ticking.cancel()
            return list(results)

        results = asyncio.run(main())
        self.assertGreater(len(ticks), 10)
        self.assertEqual(len(results), 10)
        for at in range(10):
            self.assert_stored("key{}".format(at), path)

    def test_canceling_the_task_keeps_the_checkpoint_and_the_next_call_resumes(self) -> None:
        self.slow_parts()
        path = self.file(20 * PART)
        options: Any = dict(enable_checkpoint=True)

        async def main() -> oss.UploadResult:
            enough = asyncio.Event()

            def progress(increment: int, consumed: int, total: int) -> None:
                if consumed > 4 * PART:
                    enough.set()

            task = asyncio.ensure_future(
                self.client.upload_file_async(
                    "examplebucket", "key", path, progress_fn=progress, **options
                )
            )
            await enough.wait()
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertTrue(os.path.exists(path + ".ucp"))
            gc.collect()
            return await self.client.upload_file_async("examplebucket", "key", path, **options)

        result = asyncio.run(main())
        self.assertGreaterEqual(result.resumed_bytes, 3 * PART)
        self.assert_stored("key", path)

    def test_a_timeout_cancels_the_upload(self) -> None:
        self.slow_parts()

        async def main() -> None:
            upload = self.client.upload_file_async("examplebucket", "key", self.file(99 * PART))
            await asyncio.wait_for(upload, 0.3)

        with self.assertRaises(asyncio.TimeoutError):
            asyncio.run(main())
        self.assertEqual(self.server.uploads(), [])

    def test_errors_and_what_the_progress_callback_throws_come_out(self) -> None:
        def progress(*_: int) -> None:
            raise KeyError("mine")

        async def throw() -> None:
            await self.client.upload_from_async("examplebucket", "key", b"x", progress_fn=progress)

        async def fail() -> None:
            await self.client.upload_file_async("examplebucket", "key", self.directory)

        with self.assertRaisesRegex(KeyError, "mine"):
            asyncio.run(throw())
        with self.assertRaises(oss.FileError):
            asyncio.run(fail())

    def test_a_provider_of_credentials_works_in_the_event_loop(self) -> None:
        def get() -> oss.Credentials:
            return oss.Credentials("test-access-key-id", "test-access-key-secret")

        client = oss.Client(self.server.config(access_key_id=None, access_key_secret=None,
                                               credentials_provider=get))
        asyncio.run(client.upload_from_async("examplebucket", "key", b"text"))
        self.assertEqual(self.server.object("key"), b"text")


if __name__ == "__main__":
    unittest.main()
