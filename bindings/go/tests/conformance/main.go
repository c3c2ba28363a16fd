// Conformance makes the uploads that a request file describes, and prints what became of them: see "The
// conformance program" in the README of all bindings.
package main

import (
	"fmt"
	"os"
	"sync"
)

func main() {
	if len(os.Args) != 2 {
		refuse(fmt.Errorf("usage: conformance REQUEST"))
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		refuse(err)
	}
	request, err := parse(string(text))
	if err != nil {
		refuse(err)
	}
	runs := request.runs()
	client, err := newClient(request)
	if err != nil {
		for _, run := range runs {
			run.fail(err)
			run.printProgress()
		}
	} else {
		var group sync.WaitGroup
		for _, run := range runs {
			group.Add(1)
			go func() {
				defer group.Done()
				run.do(client)
			}()
		}
		group.Wait()
		client.Close()
	}
	for _, run := range runs {
		for _, line := range run.output {
			fmt.Println(line)
		}
	}
}

func refuse(err error) {
	fmt.Fprintln(os.Stderr, "conformance:", err)
	os.Exit(2)
}
