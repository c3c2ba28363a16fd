"""The README's second block, between the markers.

usage: details.py ENDPOINT BUCKET KEY FILE CALLBACK_URL SECONDS
"""

import os
import sys

import oss_resumable as oss


# snippet: begin
def show(increment: int, consumed: int, total: int) -> None:
    print(consumed, "of", total, "bytes")


def upload(client: oss.Client, bucket: str, key: str, file: str, url: str, seconds: float) -> bool:
    callback = oss.Callback(url, body="key=${object}&size=${size}")  # when the object is stored
    with client.start_upload(bucket, key, file, enable_checkpoint=True,
                             headers={"Content-Type": "video/mp4"}, metadata={"owner": "me"},
                             callback=callback, progress_fn=show) as running:
        try:
            result = running.result(timeout=seconds)
        except TimeoutError:
            running.cancel()
            print("canceled: the same call goes on where this one stopped")
            return False
    print("the receiver answered:", result.body.decode())
    return True
# snippet: end


if __name__ == "__main__":
    endpoint, bucket, key, file, url, seconds = sys.argv[1:]
    config = oss.Config(
        region="cn-hangzhou",
        endpoint=endpoint,
        credentials_provider=oss.credentials.EnvironmentVariableCredentialsProvider(),
    )
    with oss.Client(config) as made:
        sys.exit(0 if upload(made, bucket, key, file, url, float(seconds)) else 1)
