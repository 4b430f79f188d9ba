// Benchmarks measures onnxrun beside onnxruntime and other Go runtimes for
// ONNX models: same file, same inputs, outputs compared, runs interleaved. See
// README.md for how, and how to get the models and the C library.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/onnxrun/onnxrun/benchmarks/wire"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

func run() error {
	var (
		b       bench
		models  = flag.String("models", "models", "folder of the models and cases.json, which models.py makes")
		cases   = flag.String("cases", "", "measure the cases whose group and name match this regular expression")
		threads = flag.String("threads", "1,2", "numbers of threads")
		peers   = flag.String("peers", os.Getenv("ONNXRUN_PEERS"), "folder of the programs that serve other Go runtimes (make peers); also ONNXRUN_PEERS")
		out     = flag.String("out", "", "file for the report; without it the report is printed")
		asJSON  = flag.String("json", "", "file for all numbers")
		from    = flag.String("from", "", "write the report of an earlier -json file instead of measuring")
		serve   = flag.Bool("serve", false, "run an engine for another process of this program")
	)
	flag.StringVar(&b.library, "onnxruntime", os.Getenv("ONNXRUNTIME_LIB"), "onnxruntime's C library (make onnxruntime gets it); also ONNXRUNTIME_LIB")
	flag.IntVar(&b.rounds, "rounds", 15, "blocks for each engine")
	flag.DurationVar(&b.block, "block", 20*time.Millisecond, "how long a block of runs takes, at least")
	flag.DurationVar(&b.budget, "budget", 2*time.Second, "time for an engine and case, after which rounds stop early")
	flag.BoolVar(&b.best, "best", false, "compare the fastest blocks instead of the medians: on a machine that is busy with other things")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if *serve {
		return wire.Serve(map[string]func(wire.Job) (wire.Engine, error){
			"onnxrun": newOurs, "onnxruntime": newORT, "copy": newCopier,
		})
	}
	report := &Report{}
	if *from != "" {
		text, err := os.ReadFile(*from)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, report); err != nil {
			return fmt.Errorf("%s: %w", *from, err)
		}
	} else {
		var err error
		if b.models = *models; b.library == "" {
			return fmt.Errorf("-onnxruntime or ONNXRUNTIME_LIB must name onnxruntime's C library")
		}
		if b.self, err = os.Executable(); err != nil {
			return err
		}
		b.peers = *peers
		list, err := readCases(*models, *cases)
		if err != nil {
			return err
		}
		for _, s := range strings.Split(*threads, ",") {
			n, err := strconv.Atoi(s)
			if err != nil || n < 1 {
				return fmt.Errorf("-threads: %q is no number of threads", s)
			}
			b.threads = append(b.threads, n)
		}
		if err := b.measure(list, report); err != nil {
			return err
		}
	}
	if *asJSON != "" {
		text, err := json.MarshalIndent(report, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(*asJSON, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	if *out == "" {
		_, err := os.Stdout.WriteString(report.Markdown())
		return err
	}
	return os.WriteFile(*out, []byte(report.Markdown()), 0o644)
}
