// Package wire lets the benchmark's main process run engines in processes of
// their own. A child is told of one model and its inputs, opens it, runs it,
// and then answers requests for blocks of timed runs: Serve is the child's
// side, Start the parent's. So no engine's memory, garbage or idle threads are
// in another's way, one that crashes or hangs is one cell of the table, and
// the peak of memory is an engine's own.
package wire

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Job is what a child works on.
type Job struct {
	Engine  string
	Library string // path of the C library, for the engine that is one only
	Model   string // path of the file
	Inputs  []Input
	Outputs []string
	Threads int
	Warm    time.Duration // how long to run, at least, before Opened is sent
}

// Tensor is an input or output: elements are little-endian in row-major order,
// DType is spelled as in ONNX, "float32".
type Tensor struct {
	Name  string
	DType string
	Shape []int
	Data  []byte
}

// Opened is a child's first answer.
type Opened struct {
	Error   string
	Version string
	Load    time.Duration // from the path to a session
	First   time.Duration // of the first run
	Run     time.Duration // of a run when warm
	Peak    int64         // bytes of resident memory at most, so far
	Outputs []Tensor
}

// Block asks for Runs timed runs, after one that is not timed if Touch is set:
// it brings the engine's data back into the caches.
type Block struct {
	Runs  int
	Touch bool
}

// Measured answers a Block: how long all its runs took together.
type Measured struct {
	Error string
	Took  time.Duration
}

// Engine opens models.
type Engine interface {
	Version() string
	// Open makes a session of the job's model that will run on the given
	// inputs, which stay where they are and as they are.
	Open(job Job, inputs []Tensor) (Session, error)
}

// Session is a model with its inputs.
type Session interface {
	Run() error
	// Outputs returns those of the last Run.
	Outputs() ([]Tensor, error)
}

// The child answers on the first descriptor after the standard ones: libraries
// print to those.
const answers = 3

// Serve answers the parent's requests until it closes the connection.
func Serve(engines map[string]func(Job) (Engine, error)) error {
	in, w := gob.NewDecoder(os.Stdin), os.NewFile(answers, "answers")
	out := gob.NewEncoder(w)
	var job Job
	if err := in.Decode(&job); err != nil {
		return err
	}
	s, opened := open(engines, job)
	if err := out.Encode(opened); err != nil || s == nil {
		return err
	}
	opened = nil
	for {
		var b Block
		if err := in.Decode(&b); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return err
		}
		var m Measured
		took, err := block(s, b)
		if m.Took = took; err != nil {
			m.Error = err.Error()
		}
		if err := out.Encode(m); err != nil {
			return err
		}
	}
}

func open(engines map[string]func(Job) (Engine, error), job Job) (s Session, o *Opened) {
	o = &Opened{}
	defer func() {
		if r := recover(); r != nil {
			s, o.Error = nil, fmt.Sprint("panic: ", r)
		}
	}()
	err := func() error {
		start := engines[job.Engine]
		if start == nil {
			return fmt.Errorf("this program has no engine %q", job.Engine)
		}
		e, err := start(job)
		if err != nil {
			return err
		}
		o.Version = e.Version()
		inputs := Generate(job.Inputs)
		began := time.Now()
		if s, err = e.Open(job, inputs); err != nil {
			return err
		}
		o.Load = time.Since(began)
		if o.First, err = block(s, Block{Runs: 1}); err != nil {
			return err
		}
		runs, began := 0, time.Now()
		for runs == 0 || time.Since(began) < job.Warm {
			if o.Run, err = block(s, Block{Runs: 1}); err != nil {
				return err
			}
			runs++
		}
		o.Peak = peak()
		o.Outputs, err = s.Outputs()
		return err
	}()
	if err != nil {
		s, o.Error = nil, err.Error()
	}
	return s, o
}

func block(s Session, b Block) (took time.Duration, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	if b.Touch {
		if err := s.Run(); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	for range b.Runs {
		if err := s.Run(); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// Child is an engine's process, seen from the parent.
type Child struct {
	Opened
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *gob.Encoder
	in    *gob.Decoder
	read  *os.File
	said  said
}

// said keeps the line of what a process prints that tells why it ends: the one
// that begins with panic or fatal, or else the last.
type said struct{ line string }

func (s *said) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		why := strings.HasPrefix(s.line, "panic:") || strings.HasPrefix(s.line, "fatal error:")
		if line != "" && !why {
			s.line = line
		}
	}
	return len(b), nil
}

// Start runs a program as a child and waits, for no longer than the limit,
// until it has opened the job's model. An error of the engine is in
// Opened.Error, the child is gone then.
func Start(limit time.Duration, job Job, program string, args ...string) (*Child, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c := &Child{cmd: exec.Command(program, args...), in: gob.NewDecoder(r), read: r}
	c.cmd.Stderr = &c.said
	if job.Library == "" {
		// An engine in Go has no more threads than the job says, the
		// collector's among them. The host of one in C has nothing to do, but
		// could make a call wait for its only processor.
		c.cmd.Env = append(os.Environ(), fmt.Sprint("GOMAXPROCS=", job.Threads))
	}
	c.cmd.ExtraFiles = []*os.File{w}
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	c.out = gob.NewEncoder(c.stdin)
	err = c.cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	err = c.exchange(limit, job, &c.Opened)
	if err != nil {
		c.Error = "the process " + err.Error()
	}
	if c.Error != "" {
		c.Stop()
	}
	return c, nil
}

// Measure has the child run a block.
func (c *Child) Measure(limit time.Duration, b Block) (time.Duration, error) {
	var m Measured
	if err := c.exchange(limit, b, &m); err != nil {
		return 0, err
	}
	if m.Error != "" {
		return 0, errors.New(m.Error)
	}
	return m.Took, nil
}

func (c *Child) exchange(limit time.Duration, ask, answer any) error {
	late := time.AfterFunc(limit, func() { c.cmd.Process.Kill() })
	defer func() { late.Stop() }()
	if err := c.out.Encode(ask); err != nil {
		return fmt.Errorf("takes no requests: %w", err)
	}
	if err := c.in.Decode(answer); err != nil {
		if !late.Stop() {
			return fmt.Errorf("gave no answer within %v", limit)
		}
		err = c.cmd.Wait() // the exit status, after all that was said
		return fmt.Errorf("ended: %v, %s", err, c.said.line)
	}
	return nil
}

// PID is the number of the child's process.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Stop ends the child.
func (c *Child) Stop() {
	c.stdin.Close()
	late := time.AfterFunc(5*time.Second, func() { c.cmd.Process.Kill() })
	c.cmd.Wait()
	late.Stop()
	c.read.Close()
}
