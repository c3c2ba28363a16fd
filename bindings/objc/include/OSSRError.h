#import "OSSRDefines.h"

/* The domain of all errors of this library. */
extern NSString *const OSSRErrorDomain;

/* How a call failed. New values may be added by newer libraries. */
typedef NS_ENUM(NSInteger, OSSRErrorCode) {
  /* A bad value, before anything was sent. The message begins with the field's name, as C has it. */
  OSSRErrorInvalidArgument = -1,
  /* The local file cannot be opened or read, or is not a regular file. Not committed. */
  OSSRErrorFile = -2,
  /* The local file changed meanwhile. Not committed; what was sent is thrown away. */
  OSSRErrorFileChanged = -3,
  /* The checkpoint is in use, cannot be written, or is not a checkpoint. Not committed. */
  OSSRErrorCheckpoint = -4,
  /* No usable answer within the retry time. Not committed; call again to resume. */
  OSSRErrorNetwork = -5,
  /* OSS refused: see the status and OSS's code in userInfo. Not committed. */
  OSSRErrorService = -6,
  /* What OSS stored is not what was sent: a part, or, as the message then says, the object. */
  OSSRErrorIntegrity = -7,
  /* Canceled. Not committed. */
  OSSRErrorCancelled = -8,
  /* The wrong moment: a closed client, after a fork, or a library of another version. */
  OSSRErrorState = -9,
  /* No answer told what became of the commit. Calling again settles it or uploads anew. */
  OSSRErrorCommitUnknown = -10,
  /* No credentials could be had from where they were to come from. Not committed. */
  OSSRErrorCredentials = -11,
  /* A bug in the library, caught; or no thread could be started. */
  OSSRErrorInternal = -99
};

/*
 * Keys of userInfo beside NSLocalizedDescriptionKey. What is not known is absent.
 */
/* NSString: "prepare", "resume", "initiate", "upload", "complete", "settle", "abort" or "done". */
extern NSString *const OSSRErrorStageKey;
/* NSNumber: the part that failed, from 1. */
extern NSString *const OSSRErrorPartNumberKey;
/* NSNumber: where in the file it failed, in bytes from 0. */
extern NSString *const OSSRErrorOffsetKey;
/* NSNumber: the HTTP status of the answer that decided. */
extern NSString *const OSSRErrorHTTPStatusKey;
/* NSString: OSS's code, such as "NoSuchBucket". */
extern NSString *const OSSRErrorOSSCodeKey;
/* NSString: OSS's id of the deciding request, for its support. */
extern NSString *const OSSRErrorRequestIdKey;
/* NSString: the host that refused. */
extern NSString *const OSSRErrorHostIdKey;
/* NSString: OSS's finer code, such as "0002-00000504". */
extern NSString *const OSSRErrorECKey;
/* NSNumber: errno behind the failure; NSUnderlyingErrorKey has it as an NSError too. */
extern NSString *const OSSRErrorErrnoKey;
/* NSString: why there was no usable answer, such as "dns" or "connect_timeout". */
extern NSString *const OSSRErrorReasonKey;
/* NSNumber: how often the request that failed was tried. */
extern NSString *const OSSRErrorAttemptsKey;
/* NSNumber, a BOOL: whether the same call, unchanged, may succeed later. Of every error of an upload. */
extern NSString *const OSSRErrorRetryableKey;
/* NSString: the multipart upload id. */
extern NSString *const OSSRErrorUploadIdKey;
/* NSNumber: OSSRWarning bits. */
extern NSString *const OSSRErrorWarningsKey;
