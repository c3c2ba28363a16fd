"""The README's other snippets: what stands between the markers is printed there as it is."""

import asyncio
import os
import threading

import oss_resumable as oss
from support import PART, ServerTest


class Snippets(ServerTest):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.file(8 * PART)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.directory)

    def test_errors_are_told_apart(self) -> None:
        client = self.client
        status = {"status": {"code": 403, "oss_code": "AccessDenied"}}
        self.server.rule("InitiateMultipartUpload", status, times=1)
        # snippet: begin
        try:
            client.upload_file("examplebucket", "dir/big.bin", "big.bin", enable_checkpoint=True)
        except oss.ServiceError as error:
            print(error.status_code, error.error_code, error.request_id, error.ec)
        except oss.Error as error:
            print(error.code, error, error.stage, error.part_number, error.retryable)
        # snippet: end
        self.assertEqual(self.server.objects(), [])

    def test_an_upload_is_canceled_from_another_thread(self) -> None:
        client = self.client
        self.slow_parts()
        with self.assertRaises(oss.CanceledError):
            # snippet: begin
            with client.start_upload("examplebucket", "dir/big.bin", "big.bin", enable_checkpoint=True) as upload:
                ...                          # another thread: upload.cancel()
                # snippet: pause
                while not upload.progress().parts_done:
                    pass
                threading.Timer(0.1, upload.cancel).start()
                # snippet: go on
                result = upload.result()     # raises oss.CanceledError
            # snippet: end
            print(result)
        self.assertTrue(os.path.exists("big.bin.ucp"))

    def test_an_upload_is_awaited(self) -> None:
        client = self.client

        async def main() -> oss.UploadResult:
            # snippet: begin
            result = await client.upload_file_async("examplebucket", "dir/big.bin", "big.bin", enable_checkpoint=True)
            # snippet: end
            return result

        self.assertNotEqual(asyncio.run(main()).hash_crc64, 0)
        self.assert_stored("dir/big.bin", self.path)
