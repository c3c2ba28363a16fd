#import "OSSRDefines.h"

/* How much is logged; each level has those before it. */
typedef NS_ENUM(NSInteger, OSSRLogLevel) {
  OSSRLogNone = 0,
  OSSRLogError = 1,
  OSSRLogWarn = 2,
  OSSRLogInfo = 3,
  OSSRLogDebug = 4,
  OSSRLogTrace = 5
};

/* Which of the region's endpoints, where none is named. */
typedef NS_ENUM(NSInteger, OSSREndpointType) {
  OSSREndpointPublic = 0,
  OSSREndpointInternal = 1,
  OSSREndpointAccelerate = 2,
  OSSREndpointAccelerateOverseas = 3,
  OSSREndpointDualStack = 4
};

/* An access key, and a token if it is a temporary one. */
@interface OSSRCredentials : NSObject {
@private
  NSString *_accessKeyId, *_accessKeySecret, *_securityToken;
  NSDate *_expiration;
}

/* `token` nil: none. `expiration` nil: they do not end. */
+ (OSSRCredentials *)credentialsWithAccessKeyId:(NSString *)accessKeyId
                                accessKeySecret:(NSString *)accessKeySecret
                                  securityToken:(NSString *)token
                                     expiration:(NSDate *)expiration;

@property(nonatomic, readonly) NSString *accessKeyId;
@property(nonatomic, readonly) NSString *accessKeySecret;
@property(nonatomic, readonly) NSString *securityToken;
@property(nonatomic, readonly) NSDate *expiration;

@end

/* Asked for credentials. */
@protocol OSSRCredentialsProvider <NSObject>

/*
 * Returns credentials, or nil and an error. Runs on a thread inside a call with the client, one call at a time;
 * must not make such a call itself. A failure, or an exception, is tried again for as long as a request is, and
 * is then the NSUnderlyingErrorKey of the error (an exception: the reason of it).
 */
- (OSSRCredentials *)credentials:(NSError **)error;

@end

/* Told what is logged. */
@protocol OSSRLogger <NSObject>

/* Runs on a thread inside a call with the client. What it throws is dropped. No line holds a secret. */
- (void)logLine:(NSString *)line level:(OSSRLogLevel)level;

@end

/*
 * Where credentials come from. They are fetched when first needed, once for all uploads of a client, and renewed
 * before they end. What is nil is taken from the environment, then from the default.
 */
@interface OSSRCredentialsSource : NSObject {
@private
  NSString *_provider, *_profileFile, *_profileName, *_process, *_roleName, *_metadataEndpoint, *_roleArn;
  NSString *_oidcProviderArn, *_oidcTokenFile, *_roleSessionName, *_stsEndpoint;
}

/*
 * One of "environment", "oidc", "profile", "ecs_ram_role" and "process", or several, separated by commas: the
 * first that is set up on this machine decides. nil: the first four in this order.
 */
@property(nonatomic, copy) NSString *provider;
/* "profile": nil: ALIBABA_CLOUD_CONFIG_FILE, else ~/.aliyun/config.json. */
@property(nonatomic, copy) NSString *profileFile;
/* "profile": nil: ALIBABA_CLOUD_PROFILE, else the file's current one. */
@property(nonatomic, copy) NSString *profileName;
/* "process": a command line for the shell, which prints JSON. Ended after 60 s. */
@property(nonatomic, copy) NSString *process;
/* "ecs_ram_role": nil: ALIBABA_CLOUD_ECS_METADATA, else asked from the service. */
@property(nonatomic, copy) NSString *roleName;
/* "ecs_ram_role": nil: ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT, else http://100.100.100.200. HTTPS when no
   scheme is given. */
@property(nonatomic, copy) NSString *metadataEndpoint;
/* "oidc": nil: ALIBABA_CLOUD_ROLE_ARN. */
@property(nonatomic, copy) NSString *roleArn;
/* "oidc": nil: ALIBABA_CLOUD_OIDC_PROVIDER_ARN. */
@property(nonatomic, copy) NSString *oidcProviderArn;
/* "oidc": nil: ALIBABA_CLOUD_OIDC_TOKEN_FILE. */
@property(nonatomic, copy) NSString *oidcTokenFile;
/* "oidc": nil: ALIBABA_CLOUD_ROLE_SESSION_NAME, else "oss-resumable". */
@property(nonatomic, copy) NSString *roleSessionName;
/* "oidc" and roles of a profile: nil: that of the profile's sts_region, else ALIBABA_CLOUD_STS_ENDPOINT, else
   https://sts.aliyuncs.com. HTTPS when no scheme is given. */
@property(nonatomic, copy) NSString *stsEndpoint;

@end

/*
 * How to reach OSS. What is nil, 0 or NO is the library's default. It is copied when a client is made; a value
 * outside its range is refused there.
 */
@interface OSSRClientConfiguration : NSObject {
@private
  NSString *_endpoint, *_region, *_accessKeyId, *_accessKeySecret, *_securityToken, *_caFile;
  NSString *_proxy, *_proxyUserName, *_proxyPassword, *_noProxy, *_sourceAddress, *_userAgent, *_logFile;
  NSData *_caData;
  OSSRCredentialsSource *_credentialsSource;
  id<OSSRCredentialsProvider> _credentialsProvider;
  id<OSSRLogger> _logger;
  NSInteger _signatureVersion;
  OSSREndpointType _endpointType;
  OSSRLogLevel _logLevel;
  BOOL _isCname, _isPathStyle, _proxyFromEnvironment;
  int _connectTimeout, _stallTimeout, _retryTimeout, _firstByteTimeout, _maxRetryCount, _maxConnections;
  int64_t _bandwidthLimit;
}

+ (OSSRClientConfiguration *)configuration;

/* [http://|https://]host[:port]; HTTPS when no scheme is given. nil: from region and endpointType. */
@property(nonatomic, copy) NSString *endpoint;
/* Such as "cn-hangzhou". nil: taken from the endpoint, where it tells. V4 needs one. */
@property(nonatomic, copy) NSString *region;
/* Without an endpoint: which of the region's. */
@property(nonatomic, assign) OSSREndpointType endpointType;
/* Required without a source or provider of credentials, as the secret is. */
@property(nonatomic, copy) NSString *accessKeyId;
@property(nonatomic, copy) NSString *accessKeySecret;
/* The token of temporary (STS) credentials. nil: none. */
@property(nonatomic, copy) NSString *securityToken;
/* Where credentials come from instead. */
@property(nonatomic, retain) OSSRCredentialsSource *credentialsSource;
/* Asked for credentials instead. */
@property(nonatomic, retain) id<OSSRCredentialsProvider> credentialsProvider;
/* 0 or 4: OSS signature V4; 1: V1. */
@property(nonatomic, assign) NSInteger signatureVersion;
/* YES: the endpoint is the bucket's own domain. */
@property(nonatomic, assign) BOOL isCname;
/* YES: the bucket goes into the path. Always so for IP addresses. */
@property(nonatomic, assign) BOOL isPathStyle;
/* A PEM file of certificates to trust besides the system's, and PEM text of more. nil: none. */
@property(nonatomic, copy) NSString *caFile;
@property(nonatomic, copy) NSData *caData;
/* Milliseconds for one connection. 0: 10,000. */
@property(nonatomic, assign) int connectTimeout;
/* An attempt in which nothing moves for so many milliseconds is made again. 0: 30,000. */
@property(nonatomic, assign) int stallTimeout;
/* A request that keeps failing for so many milliseconds fails the upload. 0: 300,000. */
@property(nonatomic, assign) int retryTimeout;
/* Milliseconds until the first byte of an answer. 0: as the stall time. Four times that for
   CompleteMultipartUpload, and longer with an upload callback, so that its receivers have their time. */
@property(nonatomic, assign) int firstByteTimeout;
/* Retries of one request. 0: bounded by the retry time alone; -1: none. */
@property(nonatomic, assign) int maxRetryCount;
/* Requests in flight over all uploads of the client, 1 to 4,096. 0: no limit. */
@property(nonatomic, assign) int maxConnections;
/* Bytes per second over all uploads of the client, from 1,024. 0: no limit. */
@property(nonatomic, assign) int64_t bandwidthLimit;
/* [http|https|socks5|socks5h://][user:password@]host[:port]. nil: none. */
@property(nonatomic, copy) NSString *proxy;
@property(nonatomic, copy) NSString *proxyUserName;
@property(nonatomic, copy) NSString *proxyPassword;
/* Hosts that are reached directly, separated by commas. nil: none. */
@property(nonatomic, copy) NSString *noProxy;
/* YES: the proxy that https_proxy, http_proxy, all_proxy and no_proxy name. */
@property(nonatomic, assign) BOOL proxyFromEnvironment;
/* The IPv4 or IPv6 address that connections come from. nil: the system chooses. */
@property(nonatomic, copy) NSString *sourceAddress;
/* Put behind the library's name in User-Agent. nil: nothing. */
@property(nonatomic, copy) NSString *userAgent;
/* A file to which the log is appended, or who is told its lines. nil: none. */
@property(nonatomic, copy) NSString *logFile;
@property(nonatomic, retain) id<OSSRLogger> logger;
/* OSSRLogNone by default. */
@property(nonatomic, assign) OSSRLogLevel logLevel;

@end
