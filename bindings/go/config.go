package ossresumable

// #include "bridge.h"
import "C"

import (
	"context"
	"runtime/cgo"
	"time"
)

// Config says how to reach OSS. The zero value of every field is the documented default.
type Config struct {
	// Endpoint is [http://|https://]host[:port], such as "oss-cn-hangzhou.aliyuncs.com"; HTTPS when no
	// scheme is given. Default: made from Region and EndpointType.
	Endpoint string
	// Region is such as "cn-hangzhou". Default: taken from Endpoint, where that tells. Signature V4
	// needs one.
	Region string
	// EndpointType is which endpoint of the region, without Endpoint. Default: the public one.
	EndpointType EndpointType
	// UseCName: the endpoint is the bucket's own domain.
	UseCName bool
	// UsePathStyle: the bucket goes into the path. Always so for IP addresses.
	UsePathStyle bool
	// SignatureVersion is 4 or 1. Default: 4.
	SignatureVersion int

	// AccessKeyID and AccessKeySecret are required, unless CredentialsProvider or CredentialsSource is
	// given.
	AccessKeyID     string
	AccessKeySecret string
	// SecurityToken is the token of temporary (STS) credentials.
	SecurityToken string
	// CredentialsProvider is asked for credentials, instead of the fields above.
	CredentialsProvider CredentialsProvider
	// CredentialsSource is where the engine gets credentials by itself, instead of the fields above.
	CredentialsSource *CredentialsSource

	// ConnectTimeout is for one connection, name resolution and TLS included. Default: 10 s.
	ConnectTimeout time.Duration
	// StallTimeout: an attempt during which nothing moves for this long is made again. Not a limit on
	// the whole. Default: 30 s.
	StallTimeout time.Duration
	// FirstByteTimeout is from when a request is out until the first byte of its answer; four times
	// that for CompleteMultipartUpload, and longer with an upload callback, so that its receivers have
	// their time. Default: StallTimeout.
	FirstByteTimeout time.Duration
	// RetryTimeout: a request that keeps failing for this long fails the upload. Until the server has
	// answered once, at most a minute. Default: 5 min.
	RetryTimeout time.Duration
	// MaxRetries of one request; -1: none. Default: bounded by RetryTimeout alone.
	MaxRetries int
	// MaxConnections is how many requests are in flight over all uploads of the client, 1 to 4,096.
	// Default: no limit.
	MaxConnections int
	// BandwidthLimit is over all uploads of the client, in bytes per second, at least 1,024. Default: no
	// limit. See also Client.SetBandwidthLimit.
	BandwidthLimit int64

	// Proxy is [http|https|socks5|socks5h://][user:password@]host[:port]. Default: none.
	Proxy string
	// ProxyUser and ProxyPassword are used instead of those in Proxy, and are not percent-encoded.
	ProxyUser     string
	ProxyPassword string
	// NoProxy are hosts that are reached directly, separated by commas: names with their subdomains,
	// addresses, CIDR blocks, "*".
	NoProxy string
	// ProxyFromEnvironment: https_proxy, http_proxy, all_proxy and no_proxy are looked at, once.
	ProxyFromEnvironment bool
	// CAFile is a PEM file of certificates to trust besides the system's.
	CAFile string
	// CAData is PEM text of certificates to trust besides the system's and CAFile's.
	CAData []byte
	// BindAddress is the IPv4 or IPv6 address that connections come from. Default: the system chooses.
	BindAddress string
	// UserAgent is put behind the library's name in the User-Agent header.
	UserAgent string

	// LogLevel: how much is logged. Default: nothing, even if LogFile or LogFn is given.
	LogLevel LogLevel
	// LogFile is a file to which the log is appended.
	LogFile string
	// LogFn is told every line of the log, instead of a file. It runs like Progress, one call at a time,
	// on a goroutine of its own, while a call with the client waits for it. No secret is ever in a line.
	LogFn func(level LogLevel, line string)
}

// EndpointType is one of the endpoints that a region has.
type EndpointType int

// Which endpoint is made from a region.
const (
	EndpointPublic             EndpointType = 0 // oss-REGION.aliyuncs.com
	EndpointInternal           EndpointType = 1 // oss-REGION-internal.aliyuncs.com, from inside the region
	EndpointAccelerate         EndpointType = 2 // oss-accelerate.aliyuncs.com
	EndpointAccelerateOverseas EndpointType = 3 // oss-accelerate-overseas.aliyuncs.com
	EndpointDualStack          EndpointType = 4 // REGION.oss.aliyuncs.com, over IPv4 and IPv6
)

// LogLevel is how much is logged. Every level has what those before it have.
type LogLevel int

const (
	LogNone  LogLevel = 0 // nothing
	LogError LogLevel = 1 // uploads that failed
	LogWarn  LogLevel = 2 // attempts that failed and may be made again
	LogInfo  LogLevel = 3 // uploads that begin and end, credentials that are renewed
	LogDebug LogLevel = 4 // every request, with part, attempt, time, status and request id
	LogTrace LogLevel = 5 // URLs and the names of headers
)

// Credentials are what requests are signed with.
type Credentials struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string     // of temporary (STS) credentials
	Expires         *time.Time // nil: they do not end
}

// CredentialsProvider gives credentials when they are first needed, before they end, and once more when
// OSS says that they have expired; one call at a time, on a goroutine of its own, while a call with the
// client waits for it.
//
// An error is reported as CodeCredentials, and found by errors.Is; before that the provider is asked again
// for as long as a request is tried. ctx is that of the call that waits. It must not make
// a blocking call with the same client. A panic ends the call and reaches its caller.
type CredentialsProvider interface {
	GetCredentials(ctx context.Context) (Credentials, error)
}

// CredentialsProviderFunc makes a CredentialsProvider of a function.
type CredentialsProviderFunc func(ctx context.Context) (Credentials, error)

// GetCredentials calls the function.
func (f CredentialsProviderFunc) GetCredentials(ctx context.Context) (Credentials, error) {
	return f(ctx)
}

// CredentialsSource is where the engine gets credentials by itself. What is empty is taken from the
// environment variable named, which is read once, by NewClient.
type CredentialsSource struct {
	// Provider is "environment", "profile", "process", "oidc" or "ecs_ram_role", or several, separated by
	// commas, in the order in which they are asked: the first that is set up on this machine decides.
	// Default: "environment,oidc,profile,ecs_ram_role".
	Provider    string
	ProfileFile string // "profile". Default: ALIBABA_CLOUD_CONFIG_FILE, else ~/.aliyun/config.json.
	ProfileName string // "profile". Default: ALIBABA_CLOUD_PROFILE, else the file's current one.
	Process     string // "process": a command line for the shell, which prints JSON.
	RoleName    string // "ecs_ram_role". Default: ALIBABA_CLOUD_ECS_METADATA, else asked for.
	// MetadataEndpoint is for "ecs_ram_role"; HTTPS when no scheme is given. Default:
	// ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT, else http://100.100.100.200.
	MetadataEndpoint string
	RoleArn          string // "oidc". Default: ALIBABA_CLOUD_ROLE_ARN.
	OIDCProviderArn  string // "oidc". Default: ALIBABA_CLOUD_OIDC_PROVIDER_ARN.
	OIDCTokenFile    string // "oidc". Default: ALIBABA_CLOUD_OIDC_TOKEN_FILE.
	RoleSessionName  string // "oidc". Default: ALIBABA_CLOUD_ROLE_SESSION_NAME, else "oss-resumable".
	// StsEndpoint is for "oidc" and roles of a profile; HTTPS when no scheme is given. Default: that of the
	// profile's sts_region, else ALIBABA_CLOUD_STS_ENDPOINT, else https://sts.aliyuncs.com.
	StsEndpoint string
}

func (c *Config) native(a *arena, hooks cgo.Handle) *C.oss_resumable_config_t {
	native := zeroed[C.oss_resumable_config_t](a)
	native.struct_size = C.sizeof_oss_resumable_config_t
	native.signature_version = a.int32("signature_version", c.SignatureVersion)
	native.endpoint = a.text("endpoint", c.Endpoint)
	native.region = a.text("region", c.Region)
	native.endpoint_type = a.int32("endpoint_type", int(c.EndpointType))
	native.is_cname = a.flag(c.UseCName)
	native.is_path_style = a.flag(c.UsePathStyle)
	native.access_key_id = a.text("access_key_id", c.AccessKeyID)
	native.access_key_secret = a.text("access_key_secret", c.AccessKeySecret)
	native.sts_token = a.text("sts_token", c.SecurityToken)
	native.credentials = c.credentials(a, hooks)
	c.network(a, native)
	native.user_agent = a.text("user_agent", c.UserAgent)
	native.log_file = a.text("log_file", c.LogFile)
	native.log_level = a.int32("log_level", int(c.LogLevel))
	if c.LogFn != nil {
		C.oss_resumable_go_set_log(native, C.uintptr_t(hooks))
	}
	return native
}

func (c *Config) network(a *arena, native *C.oss_resumable_config_t) {
	native.connect_timeout_ms = a.milliseconds("connect_timeout_ms", c.ConnectTimeout)
	native.stall_timeout_ms = a.milliseconds("stall_timeout_ms", c.StallTimeout)
	native.first_byte_timeout_ms = a.milliseconds("first_byte_timeout_ms", c.FirstByteTimeout)
	native.retry_timeout_ms = a.milliseconds("retry_timeout_ms", c.RetryTimeout)
	native.max_retries = a.int32("max_retries", c.MaxRetries)
	native.max_connections = a.int32("max_connections", c.MaxConnections)
	native.bandwidth_limit = C.int64_t(c.BandwidthLimit)
	native.proxy = a.text("proxy", c.Proxy)
	native.proxy_user = a.text("proxy_user", c.ProxyUser)
	native.proxy_password = a.text("proxy_password", c.ProxyPassword)
	native.no_proxy = a.text("no_proxy", c.NoProxy)
	native.proxy_from_environment = a.flag(c.ProxyFromEnvironment)
	native.ca_file = a.text("ca_file", c.CAFile)
	if len(c.CAData) > 0 {
		native.ca_data = (*C.char)(a.bytes(c.CAData))
		native.ca_data_len = C.size_t(len(c.CAData))
	}
	native.source_address = a.text("source_address", c.BindAddress)
}

func (c *Config) credentials(a *arena, hooks cgo.Handle) *C.oss_resumable_credentials_t {
	source := c.CredentialsSource
	if source == nil && c.CredentialsProvider == nil {
		return nil
	}
	native := zeroed[C.oss_resumable_credentials_t](a)
	native.struct_size = C.sizeof_oss_resumable_credentials_t
	if c.CredentialsProvider != nil {
		if source != nil {
			a.refuse("credentials", "come either from CredentialsProvider or from CredentialsSource")
		}
		native.provider = a.text("provider", "callback")
		C.oss_resumable_go_set_credentials(native, C.uintptr_t(hooks))
		return native
	}
	native.provider = a.text("provider", source.Provider)
	native.profile_file = a.text("profile_file", source.ProfileFile)
	native.profile_name = a.text("profile_name", source.ProfileName)
	native.process = a.text("process", source.Process)
	native.role_name = a.text("role_name", source.RoleName)
	native.metadata_endpoint = a.text("metadata_endpoint", source.MetadataEndpoint)
	native.role_arn = a.text("role_arn", source.RoleArn)
	native.oidc_provider_arn = a.text("oidc_provider_arn", source.OIDCProviderArn)
	native.oidc_token_file = a.text("oidc_token_file", source.OIDCTokenFile)
	native.role_session_name = a.text("role_session_name", source.RoleSessionName)
	native.sts_endpoint = a.text("sts_endpoint", source.StsEndpoint)
	return native
}
