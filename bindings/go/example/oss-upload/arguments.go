package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

const usage = "usage: " + program + " FILE oss://BUCKET/KEY --region REGION [option]...\n"

const help = usage + `
Uploads FILE to OSS in parts. Run the same command again after a failure, a Ctrl-C or
a crash, and only what is missing is sent.

  --region REGION          such as cn-hangzhou (default: what the endpoint tells)
  --endpoint URL           [http://|https://]host[:port] (default: the region's public one)
  --part-size BYTES|auto   102400 to 5368709120 (default: auto)
  --threads N|auto         parts in flight, 1 to 1024 (default: auto)
  --checkpoint PATH        a file, or an existing directory (default: FILE.ucp)
  --no-checkpoint          do not resume, and leave nothing to resume from
  --sign v1|v4             the signature version (default: v4)
  --header 'Name: value'   a header of the object; may be repeated
  --help                   show this and exit
  --                       what follows is not an option

Credentials: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and, for temporary ones,
OSS_SESSION_TOKEN in the environment; else OIDC (RRSA), the profile of the Alibaba Cloud
CLI, or the RAM role of the ECS instance. Proxy: https_proxy, no_proxy.

Output: progress, warnings and errors on stderr. After a success the last line of
stdout is: etag=... crc64=... request_id=... resumed_bytes=...

Ctrl-C (or SIGTERM) stops the upload and keeps the checkpoint; a second one ends the
program at once.

Exit codes:
  0    uploaded
  1    failed, and trying again would not help
  2    wrong usage, or an argument out of range
  3    the network or OSS (HTTP 429, 5xx) failed: try again later
  4    FILE cannot be read, or changed during the upload
  5    the checkpoint is in use by another process, or unusable
  6    it is not known whether the object was stored; trying again settles it
  130  canceled
`

type options struct {
	file    string
	config  ossresumable.Config
	request ossresumable.PutObjectRequest
	upload  ossresumable.UploaderOptions
}

func wantsHelp(arguments []string) bool {
	for _, argument := range arguments {
		if argument == "--" {
			return false
		}
		if argument == "--help" {
			return true
		}
	}
	return false
}

func parse(arguments []string) (*options, error) {
	o := &options{}
	o.config.CredentialsSource = &ossresumable.CredentialsSource{}
	o.config.ProxyFromEnvironment = true
	o.request.Headers = map[string]string{}
	o.upload = ossresumable.UploaderOptions{
		PartSize: ossresumable.Auto, ParallelNum: ossresumable.Auto, EnableCheckpoint: true,
	}
	onlyPositional := false
	for len(arguments) > 0 {
		argument := arguments[0]
		arguments = arguments[1:]
		var err error
		switch {
		case !onlyPositional && argument == "--":
			onlyPositional = true
		case !onlyPositional && argument == "--no-checkpoint":
			o.upload.EnableCheckpoint = false
		case !onlyPositional && strings.HasPrefix(argument, "-"):
			name, value, joined := strings.Cut(argument, "=")
			if !joined {
				if len(arguments) == 0 {
					return nil, fmt.Errorf("'%s' is no option, or needs a value", argument)
				}
				value, arguments = arguments[0], arguments[1:]
			}
			err = o.set(name, value)
		default:
			err = o.position(argument)
		}
		if err != nil {
			return nil, err
		}
	}
	return o, o.check()
}

func (o *options) set(name, value string) (err error) {
	switch name {
	case "--endpoint":
		o.config.Endpoint = value
	case "--region":
		o.config.Region = value
	case "--checkpoint":
		o.upload.CheckpointPath = value
	case "--header":
		header, text, found := strings.Cut(value, ":")
		if !found || header == "" {
			// The text is not repeated: the value of a header may be a secret.
			return errors.New("--header: expected 'Name: value'")
		}
		o.request.Headers[header] = strings.TrimLeft(text, " \t")
	case "--part-size":
		o.upload.PartSize, err = countOrAuto(name, value, 64)
	case "--threads":
		var number int64
		number, err = countOrAuto(name, value, 32)
		o.upload.ParallelNum = int(number)
	case "--sign":
		if value != "v1" && value != "v4" {
			return fmt.Errorf("--sign: '%s' is neither v1 nor v4", value)
		}
		o.config.SignatureVersion = int(value[1] - '0')
	default:
		return fmt.Errorf("unknown option '%s'", name)
	}
	return err
}

func countOrAuto(option, text string, bits int) (int64, error) {
	if text == "auto" {
		return ossresumable.Auto, nil
	}
	// Unsigned, and a bit less: no sign is taken, and the number fits.
	number, err := strconv.ParseUint(text, 10, bits-1)
	if err != nil || number == 0 {
		return 0, fmt.Errorf("%s: '%s' is neither a number from 1 to %d nor 'auto'", option, text, int64(1)<<(bits-1)-1)
	}
	return int64(number), nil
}

func (o *options) position(argument string) error {
	switch {
	case o.file == "":
		o.file = argument
	case o.request.Bucket == "":
		rest, found := strings.CutPrefix(argument, "oss://")
		if !found {
			return fmt.Errorf("'%s' does not begin with oss://", argument)
		}
		o.request.Bucket, o.request.Key, _ = strings.Cut(rest, "/")
		if o.request.Bucket == "" || o.request.Key == "" {
			return fmt.Errorf("'%s' is not of the form oss://BUCKET/KEY", argument)
		}
	default:
		return fmt.Errorf("one argument too many: '%s'", argument)
	}
	return nil
}

func (o *options) check() error {
	switch {
	case o.file == "" || o.request.Bucket == "":
		return errors.New("FILE and oss://BUCKET/KEY are required")
	case o.config.Endpoint == "" && o.config.Region == "":
		return errors.New("--endpoint or --region is required")
	case !o.upload.EnableCheckpoint && o.upload.CheckpointPath != "":
		return errors.New("--checkpoint and --no-checkpoint exclude each other")
	}
	return nil
}
