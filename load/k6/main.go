// Command k6 is k6 with streams: all that k6 v2 brings, and the module k6/x/sse.
package main

import (
	"go.k6.io/k6/v2/cmd"

	_ "fanfare/load/k6/sse"
)

func main() {
	cmd.Execute()
}
