package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

// request is what the file asks for.
type request struct {
	config  ossresumable.Config
	options ossresumable.UploaderOptions
	object  ossresumable.PutObjectRequest
	file    string
	second  struct {
		bucket, object, file string
	}
	action action
}

// action is what happens at which byte of the first upload; never, unless it is asked for.
type action struct {
	cancelAt, throwAt, credentialsAt int64
	id, secret, token                string
	collections                      int64
	discard                          bool
}

func parse(text string) (*request, error) {
	r := &request{}
	r.action.cancelAt, r.action.throwAt, r.action.credentialsAt = math.MaxInt64, math.MaxInt64, math.MaxInt64
	for _, line := range strings.Split(text, "\n") {
		if line == "" {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if !found {
			return nil, fmt.Errorf("no name=value: %s", line)
		}
		if err := r.set(name, decoder.Replace(value)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

var decoder = strings.NewReplacer("%25", "%", "%0A", "\n", "%0D", "\r")

func (r *request) set(name, value string) error {
	if text := r.text(name); text != nil {
		*text = value
		return nil
	}
	if header, found := strings.CutPrefix(name, "upload.header."); found {
		put(&r.object.Headers, header, value)
		return nil
	}
	if variable, found := strings.CutPrefix(name, "upload.callback.var."); found {
		put(&r.callback().Variables, variable, value)
		return nil
	}
	return r.setNumber(name, value)
}

func put(values *map[string]string, name, value string) {
	if *values == nil {
		*values = map[string]string{}
	}
	(*values)[name] = value
}

// text gives the place for a text of this name, or nil.
func (r *request) text(name string) *string {
	if text := r.credentialsText(name); text != nil {
		return text
	}
	if text := r.callbackText(name); text != nil {
		return text
	}
	return map[string]*string{
		"config.endpoint":              &r.config.Endpoint,
		"config.region":                &r.config.Region,
		"config.access_key_id":         &r.config.AccessKeyID,
		"config.access_key_secret":     &r.config.AccessKeySecret,
		"config.sts_token":             &r.config.SecurityToken,
		"config.user_agent":            &r.config.UserAgent,
		"upload.bucket":                &r.object.Bucket,
		"upload.object":                &r.object.Key,
		"upload.file":                  &r.file,
		"upload.checkpoint_path":       &r.options.CheckpointPath,
		"second.bucket":                &r.second.bucket,
		"second.object":                &r.second.object,
		"second.file":                  &r.second.file,
		"action.new_access_key_id":     &r.action.id,
		"action.new_access_key_secret": &r.action.secret,
		"action.new_sts_token":         &r.action.token,
	}[name]
}

func (r *request) callback() *ossresumable.Callback {
	if r.object.Callback == nil {
		r.object.Callback = &ossresumable.Callback{}
	}
	return r.object.Callback
}

func (r *request) callbackText(name string) *string {
	switch name {
	case "upload.callback.url":
		return &r.callback().URL
	case "upload.callback.host":
		return &r.callback().Host
	case "upload.callback.body":
		return &r.callback().Body
	case "upload.callback.body_type":
		return &r.callback().BodyType
	}
	return nil
}

func (r *request) credentialsText(name string) *string {
	field, found := strings.CutPrefix(name, "credentials.")
	if !found {
		return nil
	}
	if r.config.CredentialsSource == nil {
		r.config.CredentialsSource = &ossresumable.CredentialsSource{}
	}
	source := r.config.CredentialsSource
	return map[string]*string{
		"provider":          &source.Provider,
		"profile_file":      &source.ProfileFile,
		"profile_name":      &source.ProfileName,
		"process":           &source.Process,
		"role_name":         &source.RoleName,
		"metadata_endpoint": &source.MetadataEndpoint,
		"role_arn":          &source.RoleArn,
		"oidc_provider_arn": &source.OIDCProviderArn,
		"oidc_token_file":   &source.OIDCTokenFile,
		"role_session_name": &source.RoleSessionName,
		"sts_endpoint":      &source.StsEndpoint,
	}[field]
}

func (r *request) setNumber(name, value string) error {
	number := int64(ossresumable.Auto)
	if value != "auto" || name != "upload.part_size" && name != "upload.thread_num" {
		var err error
		if number, err = strconv.ParseInt(value, 10, 64); err != nil {
			return fmt.Errorf("unknown name, or not a number: %s", name)
		}
	}
	switch name {
	case "config.connect_timeout_ms":
		r.config.ConnectTimeout = time.Duration(number) * time.Millisecond
	case "config.stall_timeout_ms":
		r.config.StallTimeout = time.Duration(number) * time.Millisecond
	case "config.retry_timeout_ms":
		r.config.RetryTimeout = time.Duration(number) * time.Millisecond
	case "config.max_retries":
		r.config.MaxRetries = int(number)
	case "config.bandwidth_limit":
		r.config.BandwidthLimit = number
	case "upload.part_size":
		r.options.PartSize = number
	case "upload.thread_num":
		r.options.ParallelNum = int(number)
	case "upload.enable_checkpoint":
		r.options.EnableCheckpoint = number != 0
	case "upload.verify_on_resume":
		r.options.VerifyOnResume = ossresumable.Verify(number)
	case "upload.resume_by_content":
		r.options.ResumeByContent = number != 0
	case "action.cancel_at":
		r.action.cancelAt = number
	case "action.throw_at":
		r.action.throwAt = number
	case "action.new_credentials_at":
		r.action.credentialsAt = number
	case "action.gc":
		r.action.collections = number
	case "action.discard":
		r.action.discard = number != 0
	default:
		return fmt.Errorf("unknown name: %s", name)
	}
	return nil
}
