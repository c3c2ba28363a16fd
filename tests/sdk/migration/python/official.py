"""With the official SDK. usage: official.py ENDPOINT BUCKET KEY FILE"""

import os
import sys

import alibabacloud_oss_v2 as oss

endpoint, bucket, key, file = sys.argv[1:]
config = oss.config.load_default()
config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
config.region = "cn-hangzhou"
config.endpoint = endpoint
config.use_path_style = True
client = oss.Client(config)
directory = os.path.dirname(file) + "/"
uploader = client.uploader(
    part_size=102400, parallel_num=3, enable_checkpoint=True, checkpoint_dir=directory
)
# migration: begin
result = uploader.upload_file(oss.PutObjectRequest(bucket=bucket, key=key), filepath=file)
# migration: end
print(result.etag)
