//! The part plan against arithmetic that cannot overflow.

use oss_resumable::config;
use oss_resumable::plan::{Part, PartSize, Plan, PlanError};

use super::input::Input;

const MIN: u128 = 100 * 1024;
const MAX: u128 = 5 << 30;
const MOST_PARTS: u128 = 10_000;
const MIB: u128 = 1 << 20;

pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let size = match input.below(4) {
        0 => input.u64(),
        // Around the places where the number of parts changes.
        1 => edge(
            u64::from(input.u32()),
            input.u64() % (MAX as u64 + 1),
            input.byte(),
        ),
        2 => edge(10_000, input.u64() % (MAX as u64 + 1), input.byte()),
        _ => edge(1, input.u64() % (MAX as u64 * 10_000 + 3), input.byte()),
    };
    let given = match input.below(3) {
        0 => input.u64(),
        1 => input.u64() % (MAX as u64 + 2),
        _ => edge(1, 102_400, input.byte()),
    };
    let auto = input.below(4) == 0;
    settings(given.cast_signed(), input.u32().cast_signed());
    let requested = if auto {
        PartSize::Auto
    } else {
        PartSize::Bytes(given)
    };
    match Plan::new(size, requested) {
        Ok(plan) => planned(u128::from(size), requested, plan, &mut input),
        Err(error) => {
            let too_large = u128::from(size) > MOST_PARTS * MAX;
            let out_of_range = !auto && !(MIN..=MAX).contains(&u128::from(given));
            match error {
                PlanError::FileTooLarge { .. } => assert!(too_large, "{size} {given}"),
                PlanError::PartSize { .. } => assert!(out_of_range && !too_large, "{given}"),
            }
        }
    }
}

fn edge(times: u64, of: u64, around: u8) -> u64 {
    let near = i64::from(around.cast_signed()) / 16;
    times.wrapping_mul(of).wrapping_add_signed(near)
}

fn planned(size: u128, requested: PartSize, plan: Plan, input: &mut Input<'_>) {
    let (part_size, parts) = (u128::from(plan.part_size()), u128::from(plan.parts()));
    assert_eq!(u128::from(plan.size()), size);
    assert!((1..=MOST_PARTS).contains(&parts));
    assert!((MIN..=MAX).contains(&part_size));
    assert_eq!(parts, size.div_ceil(part_size).max(1));
    let least = size.div_ceil(MOST_PARTS);
    match requested {
        PartSize::Bytes(given) if u128::from(given) >= least => {
            assert_eq!(part_size, u128::from(given));
            assert!(!plan.raised());
        }
        PartSize::Bytes(_) => {
            let unit = if least < MIB { 4096 } else { MIB };
            assert_eq!(part_size, least.div_ceil(unit) * unit);
            assert!(plan.raised());
        }
        PartSize::Auto => {
            let wanted = size.div_ceil(1000).div_ceil(MIB) * MIB;
            assert_eq!(
                part_size,
                wanted.clamp(4 * MIB, MAX).max(least.div_ceil(MIB) * MIB)
            );
        }
    }
    // What a checkpoint keeps is the part size alone.
    let again = Plan::new(plan.size(), PartSize::Bytes(plan.part_size())).unwrap();
    assert_eq!(
        (again.part_size(), again.parts()),
        (plan.part_size(), plan.parts())
    );
    assert_eq!(plan.is_single(), parts == 1);

    let at = |number: u128| {
        let offset = (number - 1) * part_size;
        Part {
            number: u32::try_from(number).unwrap(),
            offset: u64::try_from(offset).unwrap(),
            len: u64::try_from((size - offset).min(part_size)).unwrap(),
        }
    };
    for number in [
        1,
        parts,
        parts.div_ceil(2),
        1 + u128::from(input.u16()) % parts,
    ] {
        let part = plan.part(u32::try_from(number).unwrap()).unwrap();
        assert_eq!(part, at(number));
        assert!(part.len > 0 || size == 0);
    }
    for number in [0, plan.parts() + 1, input.u32().max(10_001), u32::MAX] {
        assert_eq!(plan.part(number), None);
    }
    let last = at(parts);
    assert_eq!(u128::from(last.offset) + u128::from(last.len), size);
    if parts <= 64 {
        let mut covered = 0;
        for part in plan.iter() {
            assert_eq!(part.offset, covered);
            covered += part.len;
        }
        assert_eq!(u128::from(covered), size);
        assert_eq!(plan.iter().count() as u128, parts);
    }
}

/// The numbers as the C API takes them.
fn settings(part_size: i64, thread_num: i32) {
    match config::part_size(part_size) {
        Ok(PartSize::Auto) => assert_eq!(part_size, -1),
        Ok(PartSize::Bytes(bytes)) if part_size == 0 => assert_eq!(bytes, 102_400),
        Ok(PartSize::Bytes(bytes)) => {
            assert_eq!(i128::from(bytes), i128::from(part_size));
            assert!((MIN..=MAX).contains(&u128::from(bytes)));
        }
        Err(error) => {
            assert!(error.message.starts_with("part_size: "), "{error}");
            let inside = u128::try_from(part_size).is_ok_and(|it| (MIN..=MAX).contains(&it));
            assert!(!inside && part_size != 0 && part_size != -1);
        }
    }
    match config::parts_in_flight(thread_num) {
        Ok(number) => match thread_num {
            0 => assert_eq!(number, 1),
            -1 => assert_eq!(number, 4),
            given => assert!(i64::from(number) == i64::from(given) && number <= 1024),
        },
        Err(error) => {
            assert!(error.message.starts_with("thread_num: "), "{error}");
            assert!(!(-1..=1024).contains(&thread_num));
        }
    }
}
