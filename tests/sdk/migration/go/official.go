// With the official SDK. usage: official ENDPOINT BUCKET KEY FILE
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

func main() {
	endpoint, bucket, key, file := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	cfg := oss.LoadDefaultConfig().
		WithCredentialsProvider(credentials.NewEnvironmentVariableCredentialsProvider()).
		WithRegion("cn-hangzhou").WithEndpoint(endpoint).WithUsePathStyle(true)
	client := oss.NewClient(cfg)
	uploader := client.NewUploader(func(options *oss.UploaderOptions) {
		options.PartSize = 102400
		options.ParallelNum = 3
		options.EnableCheckpoint = true
		options.CheckpointDir = filepath.Dir(file) + "/"
	})
	ctx := context.Background()
	// migration: begin
	result, err := uploader.UploadFile(ctx, &oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr(key)}, file)
	// migration: end
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*result.ETag)
}
