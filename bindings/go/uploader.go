package ossresumable

// #include "bridge.h"
import "C"

import (
	"context"
	"os"
	"runtime"
)

// Auto lets the engine choose, in PartSize and ParallelNum: the part size from the size of the file, at
// least 4 MiB.
const Auto = -1

// Verify says which finished parts are read again before an upload goes on, and kept only if their CRC64
// still holds.
type Verify int

const (
	VerifyInDoubt Verify = 0 // those of a file of which more than size and modification time may differ
	VerifyAlways  Verify = 1 // all
	VerifyNever   Verify = 2 // none
)

// UploaderOptions say how to upload. The zero value of every field is the documented default.
type UploaderOptions struct {
	// PartSize is in bytes, 102,400 (100 KiB) to 5,368,709,120 (5 GiB), or Auto. A size that would give
	// more than 10,000 parts is raised, which UploadResult.Warnings tells. Default: 102,400.
	PartSize int64
	// ParallelNum is how many parts are in flight, 1 to 1,024, or Auto. Default: 1.
	ParallelNum int
	// EnableCheckpoint: keep a checkpoint, and resume from it.
	EnableCheckpoint bool
	// CheckpointPath is a file, or an existing directory in which a name is derived. Default: the path of
	// the file with ".ucp" behind it. Only read with EnableCheckpoint.
	CheckpointPath string
	// VerifyOnResume is which finished parts are read again. Default: VerifyInDoubt.
	VerifyOnResume Verify
	// ResumeByContent: the checkpoint was begun elsewhere; size and content tell whether it belongs to this
	// file, not path, times and inode.
	ResumeByContent bool
}

// Uploader uploads with one client and one set of options.
type Uploader struct {
	client  *Client
	options UploaderOptions
}

// NewUploader makes an uploader with the options that the functions set.
func (c *Client) NewUploader(optFns ...func(*UploaderOptions)) *Uploader {
	uploader := &Uploader{client: c}
	for _, set := range optFns {
		set(&uploader.options)
	}
	return uploader
}

// NewUploader makes an uploader, as Client.NewUploader does.
func NewUploader(client *Client, optFns ...func(*UploaderOptions)) *Uploader {
	return client.NewUploader(optFns...)
}

// UploadFile uploads a file and waits for the end. Call it again after a failure to resume, with
// EnableCheckpoint.
//
// When ctx ends, the upload is canceled: with a checkpoint what was done is kept, without one nothing is
// left on the server. The error then is an *Error with CodeCanceled, for which errors.Is finds
// context.Canceled or context.DeadlineExceeded. When the request that commits the object is out by then,
// its answer decides.
func (u *Uploader) UploadFile(ctx context.Context, request *PutObjectRequest, filePath string, optFns ...func(*UploaderOptions)) (*UploadResult, error) {
	return finish(u.Start(ctx, request, filePath, optFns...))
}

// UploadBytes uploads bytes in memory. Resuming needs a CheckpointPath.
func (u *Uploader) UploadBytes(ctx context.Context, request *PutObjectRequest, data []byte, optFns ...func(*UploaderOptions)) (*UploadResult, error) {
	return finish(u.start(ctx, request, optFns, func(a *arena, params *C.oss_resumable_params_t) *C.char {
		source := zeroed[C.oss_resumable_source_t](a)
		source.struct_size = C.sizeof_oss_resumable_source_t
		source.kind = C.OSS_RESUMABLE_SOURCE_MEMORY
		if len(data) > 0 {
			source.data = a.bytes(data)
		}
		source.data_len = C.size_t(len(data))
		params.source = source
		return nil
	}))
}

// UploadOpenFile uploads a regular file that is open for reading; its position does not matter and is not
// moved. Resuming needs a CheckpointPath.
func (u *Uploader) UploadOpenFile(ctx context.Context, request *PutObjectRequest, file *os.File, optFns ...func(*UploaderOptions)) (*UploadResult, error) {
	upload, err := u.start(ctx, request, optFns, func(a *arena, params *C.oss_resumable_params_t) *C.char {
		source := zeroed[C.oss_resumable_source_t](a)
		source.struct_size = C.sizeof_oss_resumable_source_t
		source.kind = C.OSS_RESUMABLE_SOURCE_FILE
		source.handle = C.int64_t(file.Fd())
		params.source = source
		return nil
	})
	// The descriptor has been duplicated by now.
	runtime.KeepAlive(file)
	return finish(upload, err)
}

// Start begins the upload of a file and returns at once. It fails only for bad arguments; what is wrong with
// the file or the server comes with Wait. ctx ends the upload, as in UploadFile.
func (u *Uploader) Start(ctx context.Context, request *PutObjectRequest, filePath string, optFns ...func(*UploaderOptions)) (*Upload, error) {
	return u.start(ctx, request, optFns, func(a *arena, _ *C.oss_resumable_params_t) *C.char {
		return a.required("filepath", filePath)
	})
}

func finish(upload *Upload, err error) (*UploadResult, error) {
	if err != nil {
		return nil, err
	}
	defer upload.Close()
	return upload.Wait()
}

// native gives the params; what to upload and whom to tell is added by the caller.
func (o *UploaderOptions) native(a *arena, request *PutObjectRequest) *C.oss_resumable_params_t {
	native := zeroed[C.oss_resumable_params_t](a)
	native.struct_size = C.sizeof_oss_resumable_params_t
	native.part_size = C.int64_t(o.PartSize)
	native.thread_num = a.int32("thread_num", o.ParallelNum)
	native.enable_checkpoint = a.flag(o.EnableCheckpoint)
	native.checkpoint_path = a.text("checkpoint_path", o.CheckpointPath)
	native.verify_on_resume = a.int32("verify_on_resume", int(o.VerifyOnResume))
	native.resume_by_content = a.flag(o.ResumeByContent)
	native.headers, native.headers_len = a.headers("headers", request.headers())
	native.callback = request.Callback.native(a)
	return native
}
