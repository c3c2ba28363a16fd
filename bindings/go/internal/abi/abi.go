// Package abi tells the layout of the C structs as cgo sees it, for the tests, which cannot use cgo themselves.
package abi

// #cgo CFLAGS: -I${SRCDIR}/../.. -I${SRCDIR}/../../../../include
// #include "oss_resumable.h"
import "C"

import "unsafe"

// Field is where a field of a struct is, in bytes.
type Field struct{ Offset, Size uintptr }

// Struct is the size of a struct, and its fields by name.
type Struct struct {
	Size   uintptr
	Fields map[string]Field
}

// VersionNumber is that of the header.
const VersionNumber = C.OSS_RESUMABLE_VERSION_NUMBER

// Structs has every struct of the header by name.
func Structs() map[string]Struct {
	var callback C.oss_resumable_callback_t
	var config C.oss_resumable_config_t
	var credentials C.oss_resumable_credentials_t
	var header C.oss_resumable_header_t
	var params C.oss_resumable_params_t
	var progress C.oss_resumable_progress_t
	var source C.oss_resumable_source_t
	return map[string]Struct{
		"oss_resumable_callback_t": {unsafe.Sizeof(callback), map[string]Field{
			"struct_size":   {unsafe.Offsetof(callback.struct_size), unsafe.Sizeof(callback.struct_size)},
			"sni":           {unsafe.Offsetof(callback.sni), unsafe.Sizeof(callback.sni)},
			"url":           {unsafe.Offsetof(callback.url), unsafe.Sizeof(callback.url)},
			"host":          {unsafe.Offsetof(callback.host), unsafe.Sizeof(callback.host)},
			"body":          {unsafe.Offsetof(callback.body), unsafe.Sizeof(callback.body)},
			"body_type":     {unsafe.Offsetof(callback.body_type), unsafe.Sizeof(callback.body_type)},
			"variables":     {unsafe.Offsetof(callback.variables), unsafe.Sizeof(callback.variables)},
			"variables_len": {unsafe.Offsetof(callback.variables_len), unsafe.Sizeof(callback.variables_len)},
		}},
		"oss_resumable_config_t": {unsafe.Sizeof(config), map[string]Field{
			"struct_size":            {unsafe.Offsetof(config.struct_size), unsafe.Sizeof(config.struct_size)},
			"signature_version":      {unsafe.Offsetof(config.signature_version), unsafe.Sizeof(config.signature_version)},
			"endpoint":               {unsafe.Offsetof(config.endpoint), unsafe.Sizeof(config.endpoint)},
			"region":                 {unsafe.Offsetof(config.region), unsafe.Sizeof(config.region)},
			"access_key_id":          {unsafe.Offsetof(config.access_key_id), unsafe.Sizeof(config.access_key_id)},
			"access_key_secret":      {unsafe.Offsetof(config.access_key_secret), unsafe.Sizeof(config.access_key_secret)},
			"sts_token":              {unsafe.Offsetof(config.sts_token), unsafe.Sizeof(config.sts_token)},
			"ca_file":                {unsafe.Offsetof(config.ca_file), unsafe.Sizeof(config.ca_file)},
			"is_cname":               {unsafe.Offsetof(config.is_cname), unsafe.Sizeof(config.is_cname)},
			"is_path_style":          {unsafe.Offsetof(config.is_path_style), unsafe.Sizeof(config.is_path_style)},
			"connect_timeout_ms":     {unsafe.Offsetof(config.connect_timeout_ms), unsafe.Sizeof(config.connect_timeout_ms)},
			"stall_timeout_ms":       {unsafe.Offsetof(config.stall_timeout_ms), unsafe.Sizeof(config.stall_timeout_ms)},
			"retry_timeout_ms":       {unsafe.Offsetof(config.retry_timeout_ms), unsafe.Sizeof(config.retry_timeout_ms)},
			"max_retries":            {unsafe.Offsetof(config.max_retries), unsafe.Sizeof(config.max_retries)},
			"credentials":            {unsafe.Offsetof(config.credentials), unsafe.Sizeof(config.credentials)},
			"endpoint_type":          {unsafe.Offsetof(config.endpoint_type), unsafe.Sizeof(config.endpoint_type)},
			"first_byte_timeout_ms":  {unsafe.Offsetof(config.first_byte_timeout_ms), unsafe.Sizeof(config.first_byte_timeout_ms)},
			"max_connections":        {unsafe.Offsetof(config.max_connections), unsafe.Sizeof(config.max_connections)},
			"proxy_from_environment": {unsafe.Offsetof(config.proxy_from_environment), unsafe.Sizeof(config.proxy_from_environment)},
			"bandwidth_limit":        {unsafe.Offsetof(config.bandwidth_limit), unsafe.Sizeof(config.bandwidth_limit)},
			"proxy":                  {unsafe.Offsetof(config.proxy), unsafe.Sizeof(config.proxy)},
			"proxy_user":             {unsafe.Offsetof(config.proxy_user), unsafe.Sizeof(config.proxy_user)},
			"proxy_password":         {unsafe.Offsetof(config.proxy_password), unsafe.Sizeof(config.proxy_password)},
			"no_proxy":               {unsafe.Offsetof(config.no_proxy), unsafe.Sizeof(config.no_proxy)},
			"ca_data":                {unsafe.Offsetof(config.ca_data), unsafe.Sizeof(config.ca_data)},
			"ca_data_len":            {unsafe.Offsetof(config.ca_data_len), unsafe.Sizeof(config.ca_data_len)},
			"source_address":         {unsafe.Offsetof(config.source_address), unsafe.Sizeof(config.source_address)},
			"user_agent":             {unsafe.Offsetof(config.user_agent), unsafe.Sizeof(config.user_agent)},
			"log_file":               {unsafe.Offsetof(config.log_file), unsafe.Sizeof(config.log_file)},
			"log_callback":           {unsafe.Offsetof(config.log_callback), unsafe.Sizeof(config.log_callback)},
			"log_userdata":           {unsafe.Offsetof(config.log_userdata), unsafe.Sizeof(config.log_userdata)},
			"log_level":              {unsafe.Offsetof(config.log_level), unsafe.Sizeof(config.log_level)},
			"reserved":               {unsafe.Offsetof(config.reserved), unsafe.Sizeof(config.reserved)},
		}},
		"oss_resumable_credentials_t": {unsafe.Sizeof(credentials), map[string]Field{
			"struct_size":       {unsafe.Offsetof(credentials.struct_size), unsafe.Sizeof(credentials.struct_size)},
			"reserved":          {unsafe.Offsetof(credentials.reserved), unsafe.Sizeof(credentials.reserved)},
			"provider":          {unsafe.Offsetof(credentials.provider), unsafe.Sizeof(credentials.provider)},
			"profile_file":      {unsafe.Offsetof(credentials.profile_file), unsafe.Sizeof(credentials.profile_file)},
			"profile_name":      {unsafe.Offsetof(credentials.profile_name), unsafe.Sizeof(credentials.profile_name)},
			"process":           {unsafe.Offsetof(credentials.process), unsafe.Sizeof(credentials.process)},
			"role_name":         {unsafe.Offsetof(credentials.role_name), unsafe.Sizeof(credentials.role_name)},
			"metadata_endpoint": {unsafe.Offsetof(credentials.metadata_endpoint), unsafe.Sizeof(credentials.metadata_endpoint)},
			"role_arn":          {unsafe.Offsetof(credentials.role_arn), unsafe.Sizeof(credentials.role_arn)},
			"oidc_provider_arn": {unsafe.Offsetof(credentials.oidc_provider_arn), unsafe.Sizeof(credentials.oidc_provider_arn)},
			"oidc_token_file":   {unsafe.Offsetof(credentials.oidc_token_file), unsafe.Sizeof(credentials.oidc_token_file)},
			"role_session_name": {unsafe.Offsetof(credentials.role_session_name), unsafe.Sizeof(credentials.role_session_name)},
			"sts_endpoint":      {unsafe.Offsetof(credentials.sts_endpoint), unsafe.Sizeof(credentials.sts_endpoint)},
			"callback":          {unsafe.Offsetof(credentials.callback), unsafe.Sizeof(credentials.callback)},
			"userdata":          {unsafe.Offsetof(credentials.userdata), unsafe.Sizeof(credentials.userdata)},
		}},
		"oss_resumable_header_t": {unsafe.Sizeof(header), map[string]Field{
			"name":  {unsafe.Offsetof(header.name), unsafe.Sizeof(header.name)},
			"value": {unsafe.Offsetof(header.value), unsafe.Sizeof(header.value)},
		}},
		"oss_resumable_params_t": {unsafe.Sizeof(params), map[string]Field{
			"struct_size":       {unsafe.Offsetof(params.struct_size), unsafe.Sizeof(params.struct_size)},
			"thread_num":        {unsafe.Offsetof(params.thread_num), unsafe.Sizeof(params.thread_num)},
			"part_size":         {unsafe.Offsetof(params.part_size), unsafe.Sizeof(params.part_size)},
			"enable_checkpoint": {unsafe.Offsetof(params.enable_checkpoint), unsafe.Sizeof(params.enable_checkpoint)},
			"flags":             {unsafe.Offsetof(params.flags), unsafe.Sizeof(params.flags)},
			"checkpoint_path":   {unsafe.Offsetof(params.checkpoint_path), unsafe.Sizeof(params.checkpoint_path)},
			"progress_callback": {unsafe.Offsetof(params.progress_callback), unsafe.Sizeof(params.progress_callback)},
			"userdata":          {unsafe.Offsetof(params.userdata), unsafe.Sizeof(params.userdata)},
			"headers":           {unsafe.Offsetof(params.headers), unsafe.Sizeof(params.headers)},
			"headers_len":       {unsafe.Offsetof(params.headers_len), unsafe.Sizeof(params.headers_len)},
			"source":            {unsafe.Offsetof(params.source), unsafe.Sizeof(params.source)},
			"callback":          {unsafe.Offsetof(params.callback), unsafe.Sizeof(params.callback)},
			"verify_on_resume":  {unsafe.Offsetof(params.verify_on_resume), unsafe.Sizeof(params.verify_on_resume)},
			"resume_by_content": {unsafe.Offsetof(params.resume_by_content), unsafe.Sizeof(params.resume_by_content)},
		}},
		"oss_resumable_progress_t": {unsafe.Sizeof(progress), map[string]Field{
			"struct_size":    {unsafe.Offsetof(progress.struct_size), unsafe.Sizeof(progress.struct_size)},
			"stage":          {unsafe.Offsetof(progress.stage), unsafe.Sizeof(progress.stage)},
			"consumed_bytes": {unsafe.Offsetof(progress.consumed_bytes), unsafe.Sizeof(progress.consumed_bytes)},
			"total_bytes":    {unsafe.Offsetof(progress.total_bytes), unsafe.Sizeof(progress.total_bytes)},
			"resumed_bytes":  {unsafe.Offsetof(progress.resumed_bytes), unsafe.Sizeof(progress.resumed_bytes)},
			"parts_done":     {unsafe.Offsetof(progress.parts_done), unsafe.Sizeof(progress.parts_done)},
			"parts_total":    {unsafe.Offsetof(progress.parts_total), unsafe.Sizeof(progress.parts_total)},
			"retries":        {unsafe.Offsetof(progress.retries), unsafe.Sizeof(progress.retries)},
			"reserved":       {unsafe.Offsetof(progress.reserved), unsafe.Sizeof(progress.reserved)},
		}},
		"oss_resumable_source_t": {unsafe.Sizeof(source), map[string]Field{
			"struct_size": {unsafe.Offsetof(source.struct_size), unsafe.Sizeof(source.struct_size)},
			"kind":        {unsafe.Offsetof(source.kind), unsafe.Sizeof(source.kind)},
			"handle":      {unsafe.Offsetof(source.handle), unsafe.Sizeof(source.handle)},
			"data":        {unsafe.Offsetof(source.data), unsafe.Sizeof(source.data)},
			"data_len":    {unsafe.Offsetof(source.data_len), unsafe.Sizeof(source.data_len)},
		}},
	}
}
