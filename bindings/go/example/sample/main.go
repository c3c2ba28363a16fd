// The README's first code block; as a program of its own, so that it can be run as it is printed.

// sample: begin
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

func main() {
	client, err := ossresumable.NewClient(&ossresumable.Config{
		Endpoint:        os.Getenv("OSS_ENDPOINT"), // such as "oss-cn-hangzhou.aliyuncs.com"
		Region:          "cn-hangzhou",
		AccessKeyID:     os.Getenv("OSS_ACCESS_KEY_ID"),
		AccessKeySecret: os.Getenv("OSS_ACCESS_KEY_SECRET"),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	uploader := client.NewUploader(func(options *ossresumable.UploaderOptions) {
		options.PartSize = ossresumable.Auto
		options.ParallelNum = ossresumable.Auto
		options.EnableCheckpoint = true
	})
	result, err := uploader.UploadFile(context.TODO(),
		&ossresumable.PutObjectRequest{Bucket: "examplebucket", Key: "dir/big.bin"}, "big.bin")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("stored, crc64", result.HashCRC64)
}

// sample: end
