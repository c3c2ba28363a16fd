// Package ossresumable uploads big files to Alibaba Cloud OSS by resumable multipart upload.
//
// Make a [Client] with [NewClient], an [Uploader] with [Client.NewUploader], and call
// [Uploader.UploadFile]. Run the same call again after a failure, a canceled context, a kill or a power
// cut, and only what is missing is sent, if UploaderOptions.EnableCheckpoint is set.
//
// The zero value of every field means the documented default. Whatever fails gives an [*Error]; its Code
// can be tested with errors.Is, and a context that ended the upload is found by errors.Is as well.
//
// All types may be used from any number of goroutines at once. A goroutine that waits for an upload
// occupies an operating system thread meanwhile. Callbacks run on goroutines of their own, for which it
// waits.
//
// The package needs cgo. It links the engine into the program; with the build tag oss_resumable_dynamic
// the program loads liboss_resumable.so instead.
package ossresumable
