// Package linux_amd64 holds no Go: the published module has liboss_resumable.a in this directory, and
// "go mod vendor" copies only directories that are packages.
package linux_amd64
