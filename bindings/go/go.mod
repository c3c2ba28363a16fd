module github.com/oss-resumable/oss-resumable-go

go 1.24
