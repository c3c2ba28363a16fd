// Details has the README's second block between its markers.
//
// usage: details ENDPOINT BUCKET KEY FILE CALLBACK_URL SECONDS
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

// snippet: begin
func upload(ctx context.Context, client *ossresumable.Client, bucket, key, file, url string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	uploader := client.NewUploader(func(options *ossresumable.UploaderOptions) { options.EnableCheckpoint = true })
	result, err := uploader.UploadFile(ctx, &ossresumable.PutObjectRequest{
		Bucket:      bucket,
		Key:         key,
		ContentType: "video/mp4",
		Metadata:    map[string]string{"owner": "me"},
		Callback:    &ossresumable.Callback{URL: url, Body: "key=${object}&size=${size}"}, // when the object is stored
		ProgressFn: func(increment, transferred, total int64) {
			fmt.Println(transferred, "of", total, "bytes")
		},
	}, file)
	if errors.Is(err, context.DeadlineExceeded) {
		fmt.Println("canceled: the same call goes on where this one stopped")
	}
	if err != nil {
		return err
	}
	fmt.Printf("the receiver answered: %s\n", result.Body)
	return nil
}

// snippet: end

func main() {
	client, err := ossresumable.NewClient(&ossresumable.Config{
		Endpoint:        os.Args[1],
		Region:          "cn-hangzhou",
		AccessKeyID:     os.Getenv("OSS_ACCESS_KEY_ID"),
		AccessKeySecret: os.Getenv("OSS_ACCESS_KEY_SECRET"),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	limit, err := time.ParseDuration(os.Args[6] + "s")
	if err != nil {
		log.Fatal(err)
	}
	if err := upload(context.Background(), client, os.Args[2], os.Args[3], os.Args[4], os.Args[5], limit); err != nil {
		log.Fatal(err)
	}
}
