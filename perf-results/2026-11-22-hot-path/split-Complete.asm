1df3e0:	push   %rbp
1df3e1:	push   %rbx
1df3e2:	push   %rax
1df3e3:	lea    0x10(%rsp),%rbp
1df3e8:	movzwl 0xba(%rdi),%eax
1df3ef:	movzwl 0xbc(%rdi),%ecx
1df3f6:	sub    %ecx,%eax
1df3f8:	movzwl %ax,%eax
1df3fb:	cmp    %edx,%eax
1df3fd:	jl     1df44a
1df3ff:	mov    0x50(%rdi),%rax
1df403:	movzwl 0x10(%rdi),%r8d
1df408:	test   %edx,%edx
1df40a:	jle    1df43c
1df40c:	xor    %r9d,%r9d
1df40f:	lea    (%rsi,%r9,1),%r10
1df413:	movzwl (%r10),%r11d
1df417:	movabs $0xffffffff00000000,%rbx
1df421:	and    0x10(%r10),%rbx
1df425:	or     %rbx,%r11
1df428:	mov    %ecx,%r10d
1df42b:	and    %r8d,%r10d
1df42e:	mov    %r11,(%rax,%r10,8)
1df432:	inc    %ecx
1df434:	add    $0x18,%r9
1df438:	dec    %edx
1df43a:	jne    1df40f
1df43c:	mov    %cx,0xbc(%rdi)
1df443:	add    $0x8,%rsp
1df447:	pop    %rbx
1df448:	pop    %rbp
1df449:	ret
1df44a:	lea    0x27a3ef(%rip),%rdi        # 459840 <DotNetRuntimeDebugHeader@@V1.0+0x5f778>
1df451:	call   6d3a0
1df456:	mov    %rax,%rbx
1df459:	mov    %rbx,%rdi
1df45c:	lea    0x2582a5(%rip),%rsi        # 437708 <DotNetRuntimeDebugHeader@@V1.0+0x3d640>
1df463:	call   114500
1df468:	mov    %rbx,%rdi
1df46b:	call   6d6a0
1df470:	int3
