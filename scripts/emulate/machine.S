/* What runs before test() on a bare machine whose BIOS we are: from reset to 64-bit mode with AVX-512 and AMX. */

        .section .reset, "ax"
        .code16
start:  cli
        lgdtl %cs:gdt_pointer - 0xffff0000
        mov %cr0, %eax
        or $1, %eax
        mov %eax, %cr0
        ljmpl $8, $copy
        .code32
copy:   mov $16, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        mov $rom, %esi                  /* programs run in memory, at the addresses they are linked for */
        mov $image, %edi
        mov $image_size, %ecx
        rep movsb
        mov $bss, %edi
        mov $bss_size, %ecx
        xor %eax, %eax
        rep stosb
        mov $long_mode, %eax
        jmp *%eax
        .balign 8
gdt:    .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00af9b000000ffff   /* -, code, data, 64-bit code */
gdt_pointer:
        .word 31
        .long gdt

        .section .vector, "ax"          /* at 16 bytes below 4 GB */
        .code16
        jmp start
        .balign 16

        .text
        .code32
long_mode:                              /* all 4 GB as they lie, in pages of 2 MB */
        movl $pages + 0x1003, pages
        mov $pages + 0x1000, %edi
        mov $pages + 0x2003, %eax
1:      mov %eax, (%edi)
        add $0x1000, %eax
        add $8, %edi
        cmp $pages + 0x1020, %edi
        jb 1b
        mov $pages + 0x2000, %edi
        mov $0x83, %eax
2:      mov %eax, (%edi)
        add $8, %edi
        add $0x200000, %eax
        jnc 2b
        mov $pages, %eax
        mov %eax, %cr3
        mov $0x40620, %eax              /* PAE, OSFXSR, OSXMMEXCPT, OSXSAVE */
        mov %eax, %cr4
        mov $0xc0000080, %ecx           /* EFER: long mode */
        mov $0x100, %eax
        xor %edx, %edx
        wrmsr
        mov $0x80000003, %eax           /* paging, no emulation of the FPU */
        mov %eax, %cr0
        ljmpl $24, $go
        .code64
go:     xor %ecx, %ecx
        xor %edx, %edx
        mov $0x600e7, %eax              /* XCR0: x87, SSE, AVX, AVX-512, tiles */
        xsetbv
        mov $stack_top, %rsp
        call test
3:      hlt
        jmp 3b

        .bss
        .balign 4096
pages:  .skip 0x6000
        .skip 0x10000
stack_top:
        .section .note.GNU-stack, "", @progbits
