// With this library. usage: ours ENDPOINT BUCKET KEY FILE
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

func main() {
	endpoint, bucket, key, file := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	client, err := ossresumable.NewClient(&ossresumable.Config{
		CredentialsSource: &ossresumable.CredentialsSource{Provider: "environment"},
		Region:            "cn-hangzhou",
		Endpoint:          endpoint,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	uploader := client.NewUploader(func(options *ossresumable.UploaderOptions) {
		options.PartSize = 102400
		options.ParallelNum = 3
		options.EnableCheckpoint = true
		options.CheckpointPath = filepath.Dir(file)
	})
	ctx := context.Background()
	// migration: begin
	result, err := uploader.UploadFile(ctx, &ossresumable.PutObjectRequest{Bucket: bucket, Key: key}, file)
	// migration: end
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.ETag)
}
