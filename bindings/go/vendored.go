package ossresumable

// Not used, but what "go mod vendor" has to copy.
import _ "github.com/oss-resumable/oss-resumable-go/native/linux_amd64"
