#import "OSSRInternal.h"

@implementation OSSRCredentials

@synthesize accessKeyId = _accessKeyId;
@synthesize accessKeySecret = _accessKeySecret;
@synthesize securityToken = _securityToken;
@synthesize expiration = _expiration;

+ (OSSRCredentials *)credentialsWithAccessKeyId:(NSString *)accessKeyId
                                accessKeySecret:(NSString *)accessKeySecret
                                  securityToken:(NSString *)token
                                     expiration:(NSDate *)expiration {
  OSSRCredentials *credentials = OSSR_AUTORELEASE([OSSRCredentials new]);
  credentials->_accessKeyId = [accessKeyId copy];
  credentials->_accessKeySecret = [accessKeySecret copy];
  credentials->_securityToken = [token copy];
  credentials->_expiration = OSSR_RETAIN(expiration);
  return credentials;
}

- (void)dealloc {
  OSSR_RELEASE(_accessKeyId);
  OSSR_RELEASE(_accessKeySecret);
  OSSR_RELEASE(_securityToken);
  OSSR_RELEASE(_expiration);
  OSSR_DEALLOC;
}

@end

@implementation OSSRCredentialsSource

@synthesize provider = _provider;
@synthesize profileFile = _profileFile;
@synthesize profileName = _profileName;
@synthesize process = _process;
@synthesize roleName = _roleName;
@synthesize metadataEndpoint = _metadataEndpoint;
@synthesize roleArn = _roleArn;
@synthesize oidcProviderArn = _oidcProviderArn;
@synthesize oidcTokenFile = _oidcTokenFile;
@synthesize roleSessionName = _roleSessionName;
@synthesize stsEndpoint = _stsEndpoint;

- (void)dealloc {
  OSSR_RELEASE(_provider);
  OSSR_RELEASE(_profileFile);
  OSSR_RELEASE(_profileName);
  OSSR_RELEASE(_process);
  OSSR_RELEASE(_roleName);
  OSSR_RELEASE(_metadataEndpoint);
  OSSR_RELEASE(_roleArn);
  OSSR_RELEASE(_oidcProviderArn);
  OSSR_RELEASE(_oidcTokenFile);
  OSSR_RELEASE(_roleSessionName);
  OSSR_RELEASE(_stsEndpoint);
  OSSR_DEALLOC;
}

@end

@implementation OSSRClientConfiguration

@synthesize endpoint = _endpoint;
@synthesize region = _region;
@synthesize endpointType = _endpointType;
@synthesize accessKeyId = _accessKeyId;
@synthesize accessKeySecret = _accessKeySecret;
@synthesize securityToken = _securityToken;
@synthesize credentialsSource = _credentialsSource;
@synthesize credentialsProvider = _credentialsProvider;
@synthesize signatureVersion = _signatureVersion;
@synthesize isCname = _isCname;
@synthesize isPathStyle = _isPathStyle;
@synthesize caFile = _caFile;
@synthesize caData = _caData;
@synthesize connectTimeout = _connectTimeout;
@synthesize stallTimeout = _stallTimeout;
@synthesize retryTimeout = _retryTimeout;
@synthesize firstByteTimeout = _firstByteTimeout;
@synthesize maxRetryCount = _maxRetryCount;
@synthesize maxConnections = _maxConnections;
@synthesize bandwidthLimit = _bandwidthLimit;
@synthesize proxy = _proxy;
@synthesize proxyUserName = _proxyUserName;
@synthesize proxyPassword = _proxyPassword;
@synthesize noProxy = _noProxy;
@synthesize proxyFromEnvironment = _proxyFromEnvironment;
@synthesize sourceAddress = _sourceAddress;
@synthesize userAgent = _userAgent;
@synthesize logFile = _logFile;
@synthesize logger = _logger;
@synthesize logLevel = _logLevel;

+ (OSSRClientConfiguration *)configuration {
  return OSSR_AUTORELEASE([OSSRClientConfiguration new]);
}

- (void)dealloc {
  OSSR_RELEASE(_endpoint);
  OSSR_RELEASE(_region);
  OSSR_RELEASE(_accessKeyId);
  OSSR_RELEASE(_accessKeySecret);
  OSSR_RELEASE(_securityToken);
  OSSR_RELEASE(_credentialsSource);
  OSSR_RELEASE(_credentialsProvider);
  OSSR_RELEASE(_caFile);
  OSSR_RELEASE(_caData);
  OSSR_RELEASE(_proxy);
  OSSR_RELEASE(_proxyUserName);
  OSSR_RELEASE(_proxyPassword);
  OSSR_RELEASE(_noProxy);
  OSSR_RELEASE(_sourceAddress);
  OSSR_RELEASE(_userAgent);
  OSSR_RELEASE(_logFile);
  OSSR_RELEASE(_logger);
  OSSR_DEALLOC;
}

@end
