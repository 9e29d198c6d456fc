//! The ioctls of loop(4). Called by `loopdev` alone; each fills one structure or takes one number.
#![allow(unsafe_code)]

use std::os::fd::{AsRawFd, BorrowedFd};

use crate::model::Errno;

/// `LO_FLAGS_AUTOCLEAR`: the device lets go of its file at its own last close.
const AUTOCLEAR: u32 = 4;
/// `LO_FLAGS_DIRECT_IO`: not through the page cache of the file. The kernel leaves it out where the
/// file cannot do that.
const DIRECT_IO: u32 = 16;

/// `struct loop_info64`.
#[repr(C)]
struct Info {
    device: u64,
    inode: u64,
    rdevice: u64,
    offset: u64,
    size_limit: u64,
    number: u32,
    encrypt_type: u32,
    encrypt_key_size: u32,
    flags: u32,
    file_name: [u8; 64],
    crypt_name: [u8; 64],
    encrypt_key: [u8; 32],
    init: [u64; 2],
}

/// `struct loop_config`.
#[repr(C)]
struct Config {
    fd: u32,
    block_size: u32,
    info: Info,
    reserved: [u64; 8],
}

/// The number of a device that nobody uses, one that is added if need be: `LOOP_CTL_GET_FREE` on
/// /dev/loop-control.
pub(in crate::kernel) fn free_number(control: BorrowedFd<'_>) -> Result<i32, Errno> {
    nix::ioctl_none_bad!(get_free, 0x4c82);
    // SAFETY: the descriptor is open for the length of the call, and this request takes no argument.
    Ok(unsafe { get_free(control.as_raw_fd()) }?)
}

/// Removes a device that nobody uses: `LOOP_CTL_REMOVE` on /dev/loop-control.
pub(in crate::kernel) fn remove(control: BorrowedFd<'_>, number: i32) -> Result<(), Errno> {
    nix::ioctl_write_int_bad!(remove, 0x4c81);
    // SAFETY: as in `free_number`; the argument is a plain number.
    unsafe { remove(control.as_raw_fd(), number) }?;
    Ok(())
}

/// Makes a free device show a file, until its last close: `LOOP_CONFIGURE`, Linux 5.8. EBUSY: it
/// is not free any more.
pub(in crate::kernel) fn configure(
    device: BorrowedFd<'_>,
    file: BorrowedFd<'_>,
    block_size: u32,
) -> Result<(), Errno> {
    nix::ioctl_write_ptr_bad!(configure, 0x4c0a, Config);
    let config = Config {
        fd: u32::try_from(file.as_raw_fd()).map_err(|_| Errno::EINVAL)?,
        block_size,
        info: Info {
            device: 0,
            inode: 0,
            rdevice: 0,
            offset: 0,
            size_limit: 0,
            number: 0,
            encrypt_type: 0,
            encrypt_key_size: 0,
            flags: AUTOCLEAR | DIRECT_IO,
            file_name: [0; 64],
            crypt_name: [0; 64],
            encrypt_key: [0; 32],
            init: [0; 2],
        },
        reserved: [0; 8],
    };
    // SAFETY: both descriptors are open, and the kernel reads one structure that outlives the call;
    // it has the size of the kernel's own (`the_structure_is_the_kernels`).
    unsafe { configure(device.as_raw_fd(), &raw const config) }?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_structure_is_the_kernels() {
        // include/uapi/linux/loop.h: 232 bytes, and 4 + 4 + 232 + 64.
        assert_eq!(size_of::<Info>(), 232);
        assert_eq!(size_of::<Config>(), 304);
    }
}
