//! What an upload costs: CPU, time and memory of a C program on the library, against a floor.
//!
//!     cargo bench --bench upload -- [--quick] [--pairs N] [--against LIBRARY] [--gate] [--gate-cpu]
//!
//! Client, floor and server are processes of their own and share the machine, so a single figure says
//! little. The two are run in turn, and the ratio of their medians is what counts.

#[cfg(target_os = "linux")]
mod floor;
#[cfg(target_os = "linux")]
mod measure;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod setup;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("upload: measured on Linux only (/proc and the unit of ru_maxrss)");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::error::Error;
    use std::path::PathBuf;
    use std::process::ExitCode;

    use crate::floor;
    use crate::measure::{self, Contender, Run};
    use crate::report::{Cell, Report};
    use crate::setup::{Bench, KIB, MIB};

    const USAGE: &str = "\
usage: cargo bench --bench upload -- [option]...
  --quick            3 pairs, 512 MiB: a look, not a measurement
  --pairs N          runs of each contender in a cell (default: 9)
  --part-size BYTES  only this one; goals over several part sizes then say less
  --against LIBRARY  another build of the library, run in turn with this one
  --gate             fail when memory or checkpoint bytes miss their goals
  --gate-cpu         fail when CPU misses its goal; for a quiet machine only";

    /// Part size, and how many are in flight.
    const CELLS: [(u64, u32); 4] = [(100 * KIB, 3), (MIB, 3), (8 * MIB, 3), (64 * MIB, 3)];

    struct Options {
        pairs: usize,
        part_size: Option<u64>,
        file_size: u64,
        against: Option<PathBuf>,
        gate: bool,
        gate_cpu: bool,
    }

    impl Options {
        fn parse(arguments: &[String]) -> Result<Options, String> {
            let mut options = Options {
                pairs: 9,
                part_size: None,
                file_size: 2048 * MIB,
                against: None,
                gate: false,
                gate_cpu: false,
            };
            let mut arguments = arguments.iter();
            while let Some(name) = arguments.next() {
                let mut value = || arguments.next().ok_or(format!("{name} needs a value"));
                match name.as_str() {
                    "--bench" => {} // from cargo
                    "--quick" => (options.pairs, options.file_size) = (3, 512 * MIB),
                    "--pairs" => {
                        let pairs = value()?.parse().ok().filter(|pairs| *pairs > 0);
                        options.pairs = pairs.ok_or("--pairs needs a positive number")?;
                    }
                    "--part-size" => {
                        let bytes = value()?.parse().ok();
                        let known = bytes.filter(|size| CELLS.iter().any(|(cell, _)| cell == size));
                        options.part_size = Some(known.ok_or("--part-size: no such cell")?);
                    }
                    "--against" => options.against = Some(PathBuf::from(value()?)),
                    "--gate" => options.gate = true,
                    "--gate-cpu" => options.gate_cpu = true,
                    other => return Err(format!("unknown argument {other}")),
                }
            }
            Ok(options)
        }
    }

    pub fn main() -> ExitCode {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        if let Some((first, job)) = arguments.split_first()
            && first == floor::FLAG
        {
            return done(floor::main(job).map(|()| true));
        }
        if !arguments.iter().any(|argument| argument == "--bench") {
            eprintln!("upload: run with `cargo bench`; as a test there is nothing to do");
            return ExitCode::SUCCESS;
        }
        match Options::parse(&arguments) {
            Ok(options) => done(run(&options)),
            Err(message) => {
                eprintln!("upload: {message}\n{USAGE}");
                ExitCode::from(2)
            }
        }
    }

    fn done(outcome: Result<bool, Box<dyn Error>>) -> ExitCode {
        match outcome {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("upload: {error}");
                ExitCode::FAILURE
            }
        }
    }

    fn run(options: &Options) -> Result<bool, Box<dyn Error>> {
        let bench = Bench::prepare(options.against.as_deref())?;
        let mut report = Report {
            library_bytes: bench.stripped_library_bytes()?,
            ..Report::default()
        };
        let wanted = |size: &u64| options.part_size.is_none_or(|only| only == *size);
        for (part_size, in_flight) in CELLS.into_iter().filter(|(size, _)| wanted(size)) {
            let cell = run_cell(&bench, options, part_size, in_flight)?;
            eprintln!("{}", cell.summary());
            report.cells.push(cell);
        }
        // Last, because it runs a server in this process; see `measure::run` about its memory.
        report.checkpoint_bytes = measure::checkpoint_bytes(&bench)?;
        report.load_average = load_average();
        print!("{}", report.markdown());
        println!("{}", report.json());
        let missed = |kept: bool, asked: bool| asked && !kept;
        Ok(!missed(report.deterministic_goals_met(), options.gate)
            && !missed(report.cpu_goal_met(), options.gate_cpu))
    }

    fn run_cell(
        bench: &Bench,
        options: &Options,
        part_size: u64,
        in_flight: u32,
    ) -> Result<Cell, Box<dyn Error>> {
        // Thousands of small requests are as good a sample as gigabytes in large ones, and the floor
        // is to be compared at the same number of parts as everyone else.
        let small = part_size < MIB;
        let size = if small { 256 * MIB } else { options.file_size };
        let file = bench.random_file(size)?;
        let server = bench.start_server()?;
        let contenders = bench.contenders(&file, &server.url, part_size, in_flight);
        let mut cell = Cell::new(part_size, in_flight, size);
        // Not counted: it fills the page cache and wakes the server, and may be disturbed by looking.
        for contender in &contenders {
            let threads = measure::count_threads(contender)?;
            if contender.name == Contender::CLIENT {
                cell.threads = threads;
            }
        }
        for _ in 0..options.pairs {
            for contender in &contenders {
                let run: Run = measure::run(contender)?;
                cell.add(contender.name, run);
            }
        }
        Ok(cell)
    }

    fn load_average() -> String {
        let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        text.split(' ').next().unwrap_or_default().to_owned()
    }
}
