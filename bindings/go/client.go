package ossresumable

// #include "bridge.h"
import "C"

import (
	"context"
	"runtime"
	"runtime/cgo"
	"time"
	"unsafe"
)

// Client is what uploads share: endpoint, credentials, connections.
type Client struct {
	handle *handle
	hooks  *hooks
}

// NewClient checks the settings and copies them. It sends nothing and starts nothing. A field that cannot
// be used gives CodeInvalidArgument, with a message that begins with its name.
//
// Close frees the client at once; one that is forgotten is freed by the garbage collector.
func NewClient(config *Config) (*Client, error) {
	if err := checkVersion(int(C.oss_resumable_version_number()), Version()); err != nil {
		return nil, err
	}
	if config == nil {
		config = &Config{}
	}
	var a arena
	defer a.free()
	shared := newHooks(config)
	settings := config.native(&a, shared.token)
	var native *C.oss_resumable_client_t
	var result *C.oss_resumable_result_t
	err := a.err
	if err == nil {
		err = errorOf(C.oss_resumable_client_new(settings, &native, &result), result)
		C.oss_resumable_result_free(result)
	}
	if err != nil {
		shared.leave()
		return nil, err
	}
	client := &Client{hooks: shared, handle: &handle{native: unsafe.Pointer(native)}}
	client.handle.free = func(native unsafe.Pointer) {
		C.oss_resumable_client_free((*C.oss_resumable_client_t)(native))
		shared.leave()
	}
	runtime.AddCleanup(client, (*handle).close, client.handle)
	return client, nil
}

// Close frees the client; uploads that were started with it go on. Never blocks and never fails; closing
// twice is harmless. Later calls give CodeState.
func (c *Client) Close() error {
	c.handle.close()
	return nil
}

// SetCredentials replaces the credentials. Every request that is signed from now on uses them, those of
// running uploads included. securityToken "": none. Bad text gives CodeInvalidArgument and changes
// nothing.
func (c *Client) SetCredentials(accessKeyID, accessKeySecret, securityToken string) error {
	var a arena
	defer a.free()
	id, secret := a.required("access_key_id", accessKeyID), a.required("access_key_secret", accessKeySecret)
	token := a.text("sts_token", securityToken)
	return c.change(&a, "access_key_id, access_key_secret or sts_token cannot be used",
		func(client *C.oss_resumable_client_t) C.oss_resumable_code_t {
			return C.oss_resumable_client_set_credentials(client, id, secret, token)
		})
}

// SetBandwidthLimit limits what all uploads of the client send, in bytes per second, at least 1,024; 0
// lifts the limit. Running uploads follow at once.
func (c *Client) SetBandwidthLimit(bytesPerSecond int64) error {
	var a arena
	return c.change(&a, "bandwidth_limit must be 0 or at least 1024",
		func(client *C.oss_resumable_client_t) C.oss_resumable_code_t {
			return C.oss_resumable_client_set_bandwidth_limit(client, C.int64_t(bytesPerSecond))
		})
}

// change makes a call that refuses without saying why, so the reason is given here.
func (c *Client) change(a *arena, refused string, call func(*C.oss_resumable_client_t) C.oss_resumable_code_t) error {
	if a.err != nil {
		return a.err
	}
	native, open := c.handle.use()
	if !open {
		return closedError("client")
	}
	defer c.handle.done()
	if code := call((*C.oss_resumable_client_t)(native)); code != C.OSS_RESUMABLE_OK {
		return &Error{Code: Code(code), Message: refused, Offset: -1}
	}
	return nil
}

// nativeCall is one of the bridge's blocking calls with a client, with its other arguments.
type nativeCall func(token C.uintptr_t, client *C.oss_resumable_client_t, result **C.oss_resumable_result_t) C.oss_resumable_code_t

// blocking makes a call with the client in which callbacks may run. The context only keeps it from
// beginning: the engine cannot interrupt these calls.
func (c *Client) blocking(ctx context.Context, a *arena, begin nativeCall) error {
	if a.err != nil {
		return a.err
	}
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	native, open := c.handle.use()
	if !open {
		return closedError("client")
	}
	defer c.handle.done()
	inside := &call{ctx: ctx}
	token := cgo.NewHandle(inside)
	defer token.Delete()
	var result *C.oss_resumable_result_t
	code := begin(C.uintptr_t(token), (*C.oss_resumable_client_t)(native), &result)
	err := inside.errorOf(code, result)
	C.oss_resumable_result_free(result)
	inside.resume()
	return err
}

// errorOf is nil for success; else what the CredentialsProvider said is added, where that is the cause.
func (c *call) errorOf(code C.oss_resumable_code_t, result *C.oss_resumable_result_t) error {
	if code == C.OSS_RESUMABLE_OK {
		return nil
	}
	err := newError(code, result)
	if c.provider != nil && err.Code == CodeCredentials {
		err.causes = append(err.causes, c.provider)
	}
	return err
}

// Discard gives an unfinished upload up for good: it aborts the multipart upload that the checkpoint names,
// and deletes the checkpoint. checkpointPath "": filePath with ".ucp" behind it. Nothing to discard is a
// success. Blocks; ctx only keeps it from beginning.
func (c *Client) Discard(ctx context.Context, bucket, key, filePath, checkpointPath string) error {
	var a arena
	defer a.free()
	nativeBucket, nativeKey := a.required("bucket", bucket), a.required("object", key)
	path, checkpoint := a.required("filepath", filePath), a.text("checkpoint_path", checkpointPath)
	return c.blocking(ctx, &a, func(token C.uintptr_t, client *C.oss_resumable_client_t, result **C.oss_resumable_result_t) C.oss_resumable_code_t {
		return C.oss_resumable_go_discard(token, client, nativeBucket, nativeKey, path, checkpoint, result)
	})
}

// MultipartUpload is an unfinished upload that ListUploads found.
type MultipartUpload struct {
	Key       string
	UploadId  string
	Initiated time.Time
}

// ListUploads lists the unfinished multipart uploads of a bucket, whoever began them, in the order of keys:
// those whose keys begin with prefix ("": all) and which were begun at least minAge ago (0: all; whole
// seconds, by OSS's clock). Needs the right oss:ListMultipartUploads. Blocks; ctx only keeps it from
// beginning.
func (c *Client) ListUploads(ctx context.Context, bucket, prefix string, minAge time.Duration) ([]MultipartUpload, error) {
	var a arena
	defer a.free()
	nativeBucket, nativePrefix := a.required("bucket", bucket), a.text("prefix", prefix)
	var list *C.oss_resumable_upload_list_t
	// Also when a panic of a callback goes on.
	defer func() { C.oss_resumable_upload_list_free(list) }()
	err := c.blocking(ctx, &a, func(token C.uintptr_t, client *C.oss_resumable_client_t, result **C.oss_resumable_result_t) C.oss_resumable_code_t {
		return C.oss_resumable_go_list(token, client, nativeBucket, nativePrefix, seconds(minAge), &list, result)
	})
	if err != nil {
		return nil, err
	}
	uploads := make([]MultipartUpload, C.oss_resumable_upload_list_count(list))
	for i := range uploads {
		var key, id *C.char
		var initiated C.int64_t
		C.oss_resumable_upload_list_at(list, C.size_t(i), &key, &id, &initiated)
		uploads[i] = MultipartUpload{C.GoString(key), C.GoString(id), time.Unix(int64(initiated), 0)}
	}
	return uploads, nil
}

// AbortUpload aborts one unfinished upload, of whoever began it. One that is gone already is a success.
// Blocks; ctx only keeps it from beginning.
func (c *Client) AbortUpload(ctx context.Context, bucket, key, uploadId string) error {
	var a arena
	defer a.free()
	nativeBucket, nativeKey := a.required("bucket", bucket), a.required("object", key)
	id := a.required("upload_id", uploadId)
	return c.blocking(ctx, &a, func(token C.uintptr_t, client *C.oss_resumable_client_t, result **C.oss_resumable_result_t) C.oss_resumable_code_t {
		return C.oss_resumable_go_abort(token, client, nativeBucket, nativeKey, id, result)
	})
}

// AbortUploads aborts what ListUploads would list, running uploads included, until nothing is listed any
// more, and returns how many are gone. Needs the rights oss:ListMultipartUploads and
// oss:AbortMultipartUpload. Blocks; ctx only keeps it from beginning.
func (c *Client) AbortUploads(ctx context.Context, bucket, prefix string, minAge time.Duration) (int64, error) {
	var a arena
	defer a.free()
	nativeBucket, nativePrefix := a.required("bucket", bucket), a.text("prefix", prefix)
	var aborted C.int64_t
	err := c.blocking(ctx, &a, func(token C.uintptr_t, client *C.oss_resumable_client_t, result **C.oss_resumable_result_t) C.oss_resumable_code_t {
		return C.oss_resumable_go_abort_all(token, client, nativeBucket, nativePrefix, seconds(minAge), &aborted, result)
	})
	return int64(aborted), err
}

// seconds rounds up, so that nothing younger is taken.
func seconds(duration time.Duration) C.int64_t {
	count := duration / time.Second
	if duration%time.Second > 0 {
		count++
	}
	return C.int64_t(count)
}
