/* Resumable multipart upload of big files to Alibaba Cloud OSS, for Objective-C. */
#import "OSSRClient.h"
#import "OSSRConfiguration.h"
#import "OSSRDefines.h"
#import "OSSRError.h"
#import "OSSRRequest.h"
#import "OSSRResult.h"
#import "OSSRTask.h"
