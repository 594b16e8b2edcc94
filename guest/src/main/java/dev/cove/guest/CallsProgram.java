package dev.cove.guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/// A program of a few hundred bytes that makes system calls for the host: no shell can set a clock
/// to the millisecond, feed the kernel's random number generator or thaw a file system, and
/// starting a program for each would cost more than all of them.
///
/// It reads from its standard input, the guest's channel:
/// - a line; one that does not begin with `c` it writes to its standard output, and ends with 0;
/// - after a line that does, a list of calls as [Calls] writes it, and makes one after the other.
///   When one that must succeed does not, it ends with the number that the list has for it. After a
///   call of number -1, which there is not, it begins anew.
///
/// When the host goes while it reads, it says `up` to the next one and begins anew. It ends with
/// 254 when a list is longer than its room, and with 255 when its input is no channel that it could
/// wait on. It is for x86-64 only, as are the guests.
final class CallsProgram {
    /// Where the list lies in its memory; its addresses are absolute.
    static final int ROOM_AT = 0x401000;

    static final int ROOM = 1 << 20;

    private static final int BASE = 0x400000;
    private static final int HEADERS = 64 + 56;
    private static final int PAGE = 4096;

    /// Intel's manual, volume 2, has the instructions; `man 2 syscall` the registers.
    private static final String CODE =
            """
            bd00104000      |        mov ebp, ROOM_AT
            31db            | begin: xor ebx, ebx            ; so many bytes are there
            4c8d6b01        | line:  lea r13, [rbx+1]        ; so many are wanted
            e885000000      |        call fill
            807c1dff0a      |        cmp byte [rbp+rbx-1], 10
            7405            |        je whole
            83fb7f          |        cmp ebx, 127
            72eb            |        jb line
            807d0063        | whole: cmp byte [rbp], 'c'
            7412            |        je calls
            b801000000      |        mov eax, 1              ; write(1, line, length)
            89c7            |        mov edi, eax
            4889ee          |        mov rsi, rbp
            89da            |        mov edx, ebx
            0f05            |        syscall
            31ff            |        xor edi, edi
            eb5a            |        jmp leave
            31db            | calls: xor ebx, ebx
            41bd08000000    |        mov r13d, 8
            e854000000      |        call fill
            4c8b6d00        |        mov r13, [rbp]          ; the length of the list
            bffe000000      |        mov edi, 254
            4981fd00001000  |        cmp r13, ROOM
            773b            |        ja leave
            e83d000000      |        call fill
            4c8d6508        |        lea r12, [rbp+8]
            498b442408      | next:  mov rax, [r12+8]
            4885c0          |        test rax, rax
            789f            |        js begin
            498b7c2410      |        mov rdi, [r12+16]
            498b742418      |        mov rsi, [r12+24]
            498b542420      |        mov rdx, [r12+32]
            4d8b542428      |        mov r10, [r12+40]
            0f05            |        syscall
            4983c430        |        add r12, 48
            4885c0          |        test rax, rax
            79d7            |        jns next
            418b7c24d0      |        mov edi, [r12-48]       ; what a failure means
            85ff            |        test edi, edi
            74ce            |        jz next
            b8e7000000      | leave: mov eax, 231            ; exit_group(edi)
            0f05            |        syscall
            31c0            | fill:  xor eax, eax            ; read(0, room + there, wanted - there)
            31ff            |        xor edi, edi
            488d741d00      |        lea rsi, [rbp+rbx]
            4c89ea          |        mov rdx, r13
            4829da          |        sub rdx, rbx
            760c            |        jbe full
            0f05            |        syscall
            4885c0          |        test rax, rax
            7e06            |        jle away
            4801c3          |        add rbx, rax
            ebe3            |        jmp fill
            c3              | full:  ret
            58              | away:  pop rax
            b801000000      |        mov eax, 1              ; write(0, up, 3) waits for a host
            31ff            |        xor edi, edi
            be4f014000      |        mov esi, up
            ba03000000      |        mov edx, 3
            0f05            |        syscall
            4885c0          |        test rax, rax
            0f8f35ffffff    |        jg begin
            bfff000000      |        mov edi, 255
            ebb7            |        jmp leave
            75700a          | up:    "up", newline
            """;

    private CallsProgram() {}

    /// A static executable with one segment that is all it has (elf(5)).
    static byte[] file() {
        var code = code();
        var elf = ByteBuffer.allocate(HEADERS + code.length).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
        elf.putShort((short) 2).putShort((short) 62).putInt(1); // executable, x86-64
        elf.putLong(BASE + HEADERS).putLong(64).putLong(0).putInt(0);
        elf.putShort((short) 64).putShort((short) 56).putShort((short) 1).position(64);
        elf.putInt(1).putInt(7).putLong(0).putLong(BASE).putLong(BASE); // load it, all is allowed
        elf.putLong(elf.capacity()).putLong(ROOM_AT - BASE + ROOM).putLong(PAGE);
        return elf.put(code).array();
    }

    private static byte[] code() {
        var digits = new StringBuilder();
        CODE.lines().map(line -> line.substring(0, line.indexOf('|'))).forEach(digits::append);
        return HexFormat.of().parseHex(digits.toString().replace(" ", ""));
    }
}
