using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.ObliviousTransfer.Silent;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Mpc.ObliviousTransfer.Silent;

public sealed class LocalCodeTests
{
    private static readonly byte[] Key = new byte[16];

    [Fact]
    public void Both_paths_add_ten_blocks_a_row()
    {
        using Prg prg = Prg.Derive([], "local-code");
        Block[] message = new Block[64], vector = new Block[37], scalar = new Block[37];
        ulong[] stream = new ulong[4 * 37];
        prg.Fill<Block>(message);
        prg.Fill<ulong>(stream);
        LocalCode.AddVector128(message, stream, vector);
        LocalCode.AddScalar(message, stream, scalar);
        Assert.Equal(scalar, vector);
        Block expected = default;
        foreach ((int word, int shift) in (ReadOnlySpan<(int, int)>)[
            (0, 0), (0, 21), (0, 42), (1, 0), (1, 21), (1, 42), (2, 0), (2, 21), (2, 42), (3, 0)])
            expected ^= message[stream[word] >> shift & 63];
        Assert.Equal(expected, vector[0]);
    }

    [Fact]
    public void Rows_do_not_depend_on_how_requests_are_cut()
    {
        using Prg prg = Prg.Derive([], "local-code");
        using AesCounter places = new(Key);
        Block[] message = new Block[1024], whole = new Block[700], parts = new Block[700];
        prg.Fill<Block>(message);
        LocalCode.EncodeAdd(message, places, 100, whole);
        foreach ((int from, int to) in (ReadOnlySpan<(int, int)>)[(0, 1), (1, 300), (300, 700)])
            LocalCode.EncodeAdd(message, places, 100 + from, parts.AsSpan(from, to - from));
        Assert.Equal(whole, parts);
        LocalCode.EncodeAdd(message, places, 100, whole);
        Assert.All(whole, block => Assert.Equal(default, block));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(1 << 22)]
    public void Lengths_that_are_no_small_power_of_two_are_refused(int length)
    {
        using AesCounter places = new(Key);
        Assert.Throws<ArgumentException>(() => LocalCode.EncodeAdd(new Block[length], places, 0, new Block[1]));
    }
}
