/* Between cgo and the C API: what C does better than Go. Tokens are values of runtime/cgo.Handle, which
   are integers: Go must never see them as pointers. */
#ifndef OSS_RESUMABLE_GO_BRIDGE_H
#define OSS_RESUMABLE_GO_BRIDGE_H

#include "oss_resumable.h"

void oss_resumable_go_set_progress(oss_resumable_params_t *params, uintptr_t call);
void oss_resumable_go_set_credentials(oss_resumable_credentials_t *credentials, uintptr_t hooks);
void oss_resumable_go_set_log(oss_resumable_config_t *config, uintptr_t hooks);

/* The blocking functions. `call` is the token of the Go call that makes them, which the callbacks that
   run inside are told. */
oss_resumable_code_t oss_resumable_go_wait(uintptr_t call, oss_resumable_upload_t *upload);
oss_resumable_code_t oss_resumable_go_discard(uintptr_t call, oss_resumable_client_t *client,
                                              const char *bucket, const char *object,
                                              const char *filepath, const char *checkpoint_path,
                                              oss_resumable_result_t **result_out);
oss_resumable_code_t oss_resumable_go_list(uintptr_t call, oss_resumable_client_t *client,
                                           const char *bucket, const char *prefix, int64_t min_age,
                                           oss_resumable_upload_list_t **list_out,
                                           oss_resumable_result_t **result_out);
oss_resumable_code_t oss_resumable_go_abort(uintptr_t call, oss_resumable_client_t *client,
                                            const char *bucket, const char *object,
                                            const char *upload_id,
                                            oss_resumable_result_t **result_out);
oss_resumable_code_t oss_resumable_go_abort_all(uintptr_t call, oss_resumable_client_t *client,
                                                const char *bucket, const char *prefix,
                                                int64_t min_age, int64_t *aborted_out,
                                                oss_resumable_result_t **result_out);

#endif
