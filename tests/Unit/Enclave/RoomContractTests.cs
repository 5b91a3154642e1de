using System.Collections.Immutable;
using Blindsight.Enclave;
using Blindsight.Enclave.Contract;

namespace Blindsight.Unit.Enclave;

public sealed class RoomContractTests
{
    private static readonly RoomContract Contract = new("model", 4096, 4, 2, [4, 8],
        [new(6, 1, 1L << 45, 4), new(8, -2, 1L << 45, 256), new(4, 0, Math.ScaleB(1, 65), 4), new(3, 3, Math.ScaleB(1, 130), Math.ScaleB(1, 70))],
        [new("x", 6, [0, 1, 2, 3, 4, -1], 0, 2)],
        [new("relu", [1, 0], 2, [0, 1, 2, 3, 4, 5, 13, -1], new("cs", 0, 6, [0, 2]), 2, 3)],
        [new("y", 3, 3)]);

    [Fact]
    public void Bytes_are_canonical_and_give_the_contract_back()
    {
        byte[] bytes = Contract.Write();
        RoomContract read = RoomContract.Read(bytes);
        Assert.Equal(bytes, read.Write());
        Assert.Equal(Contract.Values.AsEnumerable(), read.Values);
        Assert.Equal(Contract.Refreshes[0].Sources.AsEnumerable(), read.Refreshes[0].Sources);
        Assert.Equal("cs", read.Refreshes[0].Function.Kinds);
    }

    [Fact]
    public void Every_cut_and_every_addition_is_refused()
    {
        byte[] bytes = Contract.Write();
        for (int length = 0; length < bytes.Length; length++) Refused(bytes.AsSpan(0, length));
        Refused([.. bytes, 0]);
    }

    [Fact]
    public void No_changed_byte_does_anything_but_refuse_or_change_the_contract()
    {
        byte[] bytes = Contract.Write();
        for (int at = 0; at < bytes.Length; at++)
            foreach (byte change in (ReadOnlySpan<byte>)[1, 0x80, 0xff])
            {
                byte[] changed = [.. bytes];
                changed[at] ^= change;
                try
                {
                    Assert.NotEqual(bytes, RoomContract.Read(changed).Write());
                }
                catch (RoomException refused)
                {
                    Assert.Contains(refused.Fault, new[] { RoomFault.ContractRefused, RoomFault.UnsupportedVersion });
                }
            }
    }

    public static TheoryData<string> Hostile => [.. Changes.Keys];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void What_could_not_be_worked_by_is_refused(string what) => Refused(Changes[what](Contract).Write());

    private static readonly Dictionary<string, Func<RoomContract, RoomContract>> Changes = new()
    {
        ["no level"] = c => c with { Depth = 0 },
        ["a depth that is not secure"] = c => c with { Depth = 30 },
        ["slots of other parameters"] = c => c with { Slots = 8192 },
        ["no power of two"] = c => c with { Images = 3 },
        ["more images than slots"] = c => c with { Images = 8192 },
        ["rotations out of order"] = c => c with { Rotations = [8, 4] },
        ["a rotation by nothing"] = c => c with { Rotations = [0, 4] },
        ["a rotation beyond slots"] = c => c with { Rotations = [4096] },
        ["a value of nothing"] = c => c with { Values = c.Values.SetItem(1, c.Values[1] with { Elements = 0 }) },
        ["a value of too much"] = c => c with { Values = c.Values.SetItem(1, c.Values[1] with { Elements = 1 << 25 }) },
        ["an exponent that is none"] = c => c with { Values = c.Values.SetItem(1, c.Values[1] with { Exponent = int.MinValue }) },
        ["a scale above the modulus"] = c => c with { Values = c.Values.SetItem(1, c.Values[1] with { Scale = Math.ScaleB(1, 60) }) },
        ["noise above the modulus"] = c => c with { Values = c.Values.SetItem(1, c.Values[1] with { Deviation = Math.ScaleB(1, 60) }) },
        ["negative noise"] = c => c with { Values = c.Values.SetItem(1, c.Values[1] with { Deviation = -1 }) },
        ["no input"] = c => c with { Inputs = [] },
        ["no output"] = c => c with { Outputs = [] },
        ["an input's source that does not exist"] = c => c with { Inputs = [c.Inputs[0] with { Elements = 4 }] },
        ["an input of another size than its value"] = c => c with { Inputs = [c.Inputs[0] with { Sources = [0] }] },
        ["an input at no level"] = c => c with { Inputs = [c.Inputs[0] with { Level = 4 }] },
        ["an input that is no value"] = c => c with { Inputs = [c.Inputs[0] with { Value = 4 }] },
        ["a value written twice"] = c => c with { Inputs = [c.Inputs[0], c.Inputs[0]] },
        ["no operand"] = c => Refresh(c, r => r with { Operands = [] }),
        ["an operand that is no value"] = c => Refresh(c, r => r with { Operands = [-1] }),
        ["no window"] = c => Refresh(c, r => r with { Window = 0, Sources = [] }),
        ["a source that does not exist"] = c => Refresh(c, r => r with { Sources = r.Sources.SetItem(0, 14) }),
        ["a source before the first"] = c => Refresh(c, r => r with { Sources = r.Sources.SetItem(0, -2) }),
        ["fewer sources than elements"] = c => Refresh(c, r => r with { Sources = r.Sources[1..] }),
        ["an unknown function"] = c => Refresh(c, r => r with { Function = r.Function with { Kinds = "cx" } }),
        ["channels that do not divide"] = c => Refresh(c, r => r with { Function = r.Function with { Kinds = "ccc", Exponents = [0, 0, 0] } }),
        ["an exponent for some channels"] = c => Refresh(c, r => r with { Function = r.Function with { Exponents = [0] } }),
        ["a square of no size"] = c => Refresh(c, r => r with { Function = r.Function with { Exponents = [0, 1000] } }),
        ["bounds that cross"] = c => Refresh(c, r => r with { Function = r.Function with { Low = 7 } }),
        ["an output at no level"] = c => c with { Outputs = [c.Outputs[0] with { Level = 0 }] },
        ["an output that does not fit its level"] = c => c with { Outputs = [c.Outputs[0] with { Level = 2 }] },
    };

    private static RoomContract Refresh(RoomContract contract, Func<RoomRefresh, RoomRefresh> change) =>
        contract with { Refreshes = ImmutableArray.Create(change(contract.Refreshes[0])) };

    private static void Refused(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RoomContract.Read(bytes);
        }
        catch (RoomException refused)
        {
            Assert.Equal(RoomFault.ContractRefused, refused.Fault);
            return;
        }
        Assert.Fail("it was read");
    }
}
