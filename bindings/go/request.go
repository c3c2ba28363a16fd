package ossresumable

// #include "bridge.h"
import "C"

import (
	"sort"
	"strconv"
)

// PutObjectRequest says where the object goes, and what it is like. Key and Bucket are required.
type PutObjectRequest struct {
	Bucket string
	Key    string

	// Headers of the object, each sent with the requests for which OSS reads it.
	CacheControl              string
	ContentDisposition        string
	ContentEncoding           string
	ContentType               string // Default: guessed from the endings of key and file.
	Expires                   string
	ForbidOverwrite           bool
	ServerSideEncryption      string // "AES256", "KMS" or "SM4"
	ServerSideDataEncryption  string
	ServerSideEncryptionKeyId string
	Acl                       string
	StorageClass              string
	Tagging                   string            // a=1&b=2
	TrafficLimit              int64             // Of each request, in bit/s.
	RequestPayer              string            // "requester"
	Metadata                  map[string]string // Sent as x-oss-meta-NAME.
	// Headers are any others, by name.
	Headers map[string]string

	// Callback is whom OSS calls back when the object is stored.
	Callback *Callback

	// ProgressFn is told of progress: bytes since the last call, bytes in all (those of earlier runs
	// included), and the size of the file. It is called at most ten times a second, one call at a time,
	// before UploadFile returns; transferred never goes back, and equals total in the last call of a
	// success. Cancel the context to end the upload. A panic ends it as well, and reaches the caller as
	// itself.
	ProgressFn func(increment, transferred, total int64)
}

// Callback is whom OSS calls back when the object is stored. Plain text: it is encoded as OSS wants it.
type Callback struct {
	URL       string            // One to five addresses, separated by ";", tried in turn. Required.
	Host      string            // The Host header of OSS's request. Default: from the URL.
	Body      string            // What OSS sends, with variables such as ${object} or ${x:name}. Required.
	BodyType  string            // Default: "application/x-www-form-urlencoded"; or "application/json".
	SNI       bool              // Name the host in the TLS handshake.
	Variables map[string]string // Your own variables, in lower case, without the "x:" in front.
}

type header struct{ name, value string }

// sorted gives the entries in one order, whatever the map's: the checkpoint compares headers.
func sorted(prefix string, values map[string]string) []header {
	headers := make([]header, 0, len(values))
	for name, value := range values {
		headers = append(headers, header{prefix + name, value})
	}
	sort.Slice(headers, func(i, j int) bool { return headers[i].name < headers[j].name })
	return headers
}

func (r *PutObjectRequest) headers() []header {
	var headers []header
	for _, one := range []header{
		{"Cache-Control", r.CacheControl},
		{"Content-Disposition", r.ContentDisposition},
		{"Content-Encoding", r.ContentEncoding},
		{"Content-Type", r.ContentType},
		{"Expires", r.Expires},
		{"x-oss-server-side-encryption", r.ServerSideEncryption},
		{"x-oss-server-side-data-encryption", r.ServerSideDataEncryption},
		{"x-oss-server-side-encryption-key-id", r.ServerSideEncryptionKeyId},
		{"x-oss-object-acl", r.Acl},
		{"x-oss-storage-class", r.StorageClass},
		{"x-oss-tagging", r.Tagging},
		{"x-oss-request-payer", r.RequestPayer},
	} {
		if one.value != "" {
			headers = append(headers, one)
		}
	}
	if r.ForbidOverwrite {
		headers = append(headers, header{"x-oss-forbid-overwrite", "true"})
	}
	if r.TrafficLimit != 0 {
		headers = append(headers, header{"x-oss-traffic-limit", strconv.FormatInt(r.TrafficLimit, 10)})
	}
	headers = append(headers, sorted("x-oss-meta-", r.Metadata)...)
	return append(headers, sorted("", r.Headers)...)
}

func (c *Callback) native(a *arena) *C.oss_resumable_callback_t {
	if c == nil {
		return nil
	}
	native := zeroed[C.oss_resumable_callback_t](a)
	native.struct_size = C.sizeof_oss_resumable_callback_t
	native.sni = a.flag(c.SNI)
	native.url = a.text("url", c.URL)
	native.host = a.text("host", c.Host)
	native.body = a.text("body", c.Body)
	native.body_type = a.text("body_type", c.BodyType)
	native.variables, native.variables_len = a.headers("variables", sorted("x:", c.Variables))
	return native
}
