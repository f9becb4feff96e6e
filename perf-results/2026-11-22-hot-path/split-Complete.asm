1df3c0:	push   %rbp
1df3c1:	push   %rbx
1df3c2:	push   %rax
1df3c3:	lea    0x10(%rsp),%rbp
1df3c8:	movzwl 0xba(%rdi),%eax
1df3cf:	movzwl 0xbc(%rdi),%ecx
1df3d6:	sub    %ecx,%eax
1df3d8:	movzwl %ax,%eax
1df3db:	cmp    %edx,%eax
1df3dd:	jl     1df42a
1df3df:	mov    0x50(%rdi),%rax
1df3e3:	movzwl 0x10(%rdi),%r8d
1df3e8:	test   %edx,%edx
1df3ea:	jle    1df41c
1df3ec:	xor    %r9d,%r9d
1df3ef:	lea    (%rsi,%r9,1),%r10
1df3f3:	movzwl (%r10),%r11d
1df3f7:	movabs $0xffffffff00000000,%rbx
1df401:	and    0x10(%r10),%rbx
1df405:	or     %rbx,%r11
1df408:	mov    %ecx,%r10d
1df40b:	and    %r8d,%r10d
1df40e:	mov    %r11,(%rax,%r10,8)
1df412:	inc    %ecx
1df414:	add    $0x18,%r9
1df418:	dec    %edx
1df41a:	jne    1df3ef
1df41c:	mov    %cx,0xbc(%rdi)
1df423:	add    $0x8,%rsp
1df427:	pop    %rbx
1df428:	pop    %rbp
1df429:	ret
1df42a:	lea    0x27a40f(%rip),%rdi        # 459840 <DotNetRuntimeDebugHeader@@V1.0+0x5f778>
1df431:	call   6d3a0
1df436:	mov    %rax,%rbx
1df439:	mov    %rbx,%rdi
1df43c:	lea    0x2582c5(%rip),%rsi        # 437708 <DotNetRuntimeDebugHeader@@V1.0+0x3d640>
1df443:	call   114500
1df448:	mov    %rbx,%rdi
1df44b:	call   6d6a0
1df450:	int3
