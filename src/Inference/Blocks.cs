global using Block = System.Runtime.Intrinsics.Vector128<byte>;
