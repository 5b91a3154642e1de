using System.Collections.Immutable;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.Unit.HomomorphicEncryption.Linear;

public sealed class LinearLayerTests
{
    private static readonly byte[] Binding = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    public static TheoryData<string> Named => [.. Layers.Keys];

    private static Dictionary<string, ConvolutionGeometry> Layers { get; } = new()
    {
        ["dense"] = ConvolutionGeometry.Dense(300, 70),
        ["dense, one input"] = ConvolutionGeometry.Dense(1, 5),
        ["dense, many inputs"] = ConvolutionGeometry.Dense(5000, 3),
        ["dense, many outputs"] = ConvolutionGeometry.Dense(3, 5000),
        ["lenet first"] = Square(1, 28, 16, 5, 0),
        ["3x3 same"] = Square(6, 16, 10, 3, 1),
        ["1x1"] = Square(20, 8, 30, 1, 0),
        ["large image"] = Square(2, 60, 2, 3, 1),
        ["7x7 stride 2"] = Square(3, 33, 4, 7, 3) with { StrideHeight = 2, StrideWidth = 2 },
        ["1x1 stride 2"] = Square(5, 15, 4, 1, 0) with { StrideHeight = 2, StrideWidth = 2 },
        ["unequal strides"] = Square(3, 13, 4, 3, 1) with { StrideHeight = 3, StrideWidth = 2 },
        ["stride beyond kernel"] = Square(2, 20, 3, 2, 0) with { StrideHeight = 3, StrideWidth = 5 },
        ["dilation"] = Square(3, 17, 4, 3, 2) with { DilationHeight = 2, DilationWidth = 3 },
        ["dilation and stride"] = Square(3, 17, 4, 3, 2) with { DilationHeight = 2, DilationWidth = 3, StrideHeight = 2, StrideWidth = 2 },
        ["asymmetric padding"] = Square(2, 9, 3, 4, 0) with { PadTop = 2, PadRight = 3, PadLeft = 1 },
        ["padding beyond kernel"] = Square(2, 5, 3, 2, 4),
        ["depthwise"] = Square(30, 7, 30, 3, 1) with { Groups = 30 },
        ["depthwise with multiplier"] = Square(6, 9, 12, 3, 1) with { Groups = 6 },
        ["depthwise stride 2"] = Square(9, 14, 9, 3, 1) with { Groups = 9, StrideHeight = 2, StrideWidth = 2 },
        ["groups"] = Square(12, 6, 18, 3, 1) with { Groups = 3 },
        ["global kernel"] = Square(3, 12, 5, 12, 0),
        ["kernel above the ring"] = Square(1, 64, 1, 47, 0),
        ["whole-image kernel above the ring"] = Square(1, 50, 2, 50, 0),
        ["row"] = new ConvolutionGeometry { InChannels = 2, InHeight = 1, InWidth = 5000, OutChannels = 2, KernelWidth = 9, PadLeft = 4, PadRight = 4 },
    };

    [Theory, MemberData(nameof(Named))]
    public void Shares_sum_to_the_convolution(string name) => RunAll([Layers[name]], seed: 1, threads: 1);

    [Fact]
    public void Random_geometries_agree_with_the_integers()
    {
        using Prg prg = Prg.Derive([], "random geometries");
        for (int i = 0; i < 60; i++) RunAll([Geometries.Random(prg)], seed: i, threads: 1 + i % 2);
    }

    [Theory, InlineData(12, 1, false), InlineData(16, 1, false), InlineData(16, 3, true), InlineData(20, 2, false), InlineData(24, 1, false)]
    public void Results_of_every_width_are_exact_within_the_noise(int ringBits, int summands, bool opened)
    {
        foreach (string name in new[] { "3x3 same", "groups", "depthwise", "dense", "1x1 stride 2", "dense, many outputs" })
            RunAll([Layers[name]], seed: ringBits, threads: 1, g => new LinearConsumer(
                g, ringBits, [.. Enumerable.Range(0, g.OutChannels).Select(c => 6 + c % (27 - ringBits))], summands, opened));
    }

    [Fact]
    public void Fewer_bits_kept_take_fewer_bytes_and_opened_results_no_coarser_requests()
    {
        ConvolutionGeometry g = Square(64, 14, 64, 3, 1);
        LinearPacking At(int ringBits, int shift, int summands, bool opened) => LinearPacking.Choose(RlweParameters.Linear,
            new LinearConsumer(g, ringBits, [.. Enumerable.Repeat(shift, 64)], summands, opened))[0].Packings[0];
        LinearPacking usual = At(16, 12, 1, false);
        Assert.Equal((26, 23), (usual.MaskBits, usual.BodyBits));
        Assert.True(usual.Request.DroppedBits >= 6);
        Assert.Equal((27, 24), (At(16, 12, 2, false).MaskBits, At(16, 12, 2, false).BodyBits));
        Assert.InRange(At(16, 16, 1, false).Request.DroppedBits, usual.Request.DroppedBits + 3, usual.Request.DroppedBits + 4);
        Assert.Equal(2, At(16, 16, 1, true).Request.DroppedBits);
        Assert.Equal((36, 33), (At(26, 6, 1, false).MaskBits, At(26, 6, 1, false).BodyBits));
    }

    [Fact]
    public void Consumers_of_equal_stride_share_a_request()
    {
        ConvolutionGeometry wide = Square(16, 16, 8, 3, 1), narrow = Square(16, 16, 8, 1, 0);
        Assert.Single(RunAll([wide, narrow], seed: 3, threads: 1));
        ConvolutionGeometry down = wide with { StrideHeight = 2, StrideWidth = 2 };
        ConvolutionGeometry shortcut = narrow with { StrideHeight = 2, StrideWidth = 2 };
        Assert.Single(RunAll([down, shortcut], seed: 4, threads: 1));
        Assert.Equal(2, RunAll([wide, shortcut], seed: 5, threads: 1).Length);
    }

    [Fact]
    public void Small_images_take_the_bytes_that_shared_padding_allows()
    {
        LinearRequest request = Assert.Single(LinearPacking.Choose(RlweParameters.Linear, LinearConsumer.Precise(Square(64, 8, 64, 3, 1))));
        // 81 coefficients a plane: 25 planes a polynomial.
        Assert.True(request.RequestBytes + request.Packings[0].ResponseBytes <= 14 * 12800 + 13 * 9216 + 64 * 64 * 33 / 8 + 13);
    }

    private static ImmutableArray<LinearRequest> RunAll(
        ConvolutionGeometry[] consumers, int seed, int threads, Func<ConvolutionGeometry, LinearConsumer>? kept = null)
    {
        Func<ConvolutionGeometry, LinearConsumer> keep = kept ?? LinearConsumer.Precise;
        using Prg prg = Prg.Derive([], "linear layer test", (ulong)seed);
        using RlweClient client = new(RlweParameters.Linear, Binding, prg);
        byte[] key = new byte[client.PublicKeyBytes];
        client.WritePublicKey(key);
        using RlweServer server = new(RlweParameters.Linear, Binding, key);
        uint[] r = Geometries.Uniform(consumers[0].InElements, prg);
        ImmutableArray<LinearRequest> requests = LinearPacking.Choose(RlweParameters.Linear, [.. consumers.Select(keep)]);
        Assert.Equal(Enumerable.Range(0, consumers.Length), requests.SelectMany(q => q.Packings).Select(p => p.Consumer).Order());
        foreach (LinearRequest request in requests)
        {
            byte[] message = new byte[request.RequestBytes];
            client.Encrypt(request, 5, 2, r, message, threads);
            using RequestCiphertexts ciphertexts = server.Read(request, 5, 2, message, threads);
            foreach (LinearPacking packing in request.Packings)
            {
                short[] weights = Geometries.Weights(packing.Geometry, prg, 4095);
                // Nothing, some, or all of it.
                using PreparedWeights prepared = PreparedWeights.Prepare(packing, weights, packing.PreparedBytes * (seed % 3) / 2, threads);
                byte[] response = new byte[packing.ResponseBytes];
                uint[] mine = new uint[packing.Geometry.OutElements], theirs = new uint[mine.Length];
                server.Evaluate(prepared, ciphertexts, response, theirs, prg, threads);
                client.Decrypt(packing, response, mine, threads);
                uint[] exact = Geometries.Convolve(packing.Geometry, r, weights);
                double bound = packing.PredictedNoise(weights).BoundUnits;
                for (int i = 0; i < mine.Length; i++)
                {
                    int shift = packing.Kept.ChannelShifts[i / (mine.Length / packing.Geometry.OutChannels)];
                    int unused = 32 - packing.Kept.RingBits - shift;
                    Assert.Equal(0UL, (ulong)(mine[i] | theirs[i]) >> (32 - unused));
                    int error = (int)(mine[i] + theirs[i] - exact[i] << unused) >> unused;
                    Assert.True(Math.Abs((long)error) <= Math.ScaleB(bound, shift), $"{packing.Geometry}: output {i} is off by {error}");
                }
            }
        }
        return requests;
    }

    private static ConvolutionGeometry Square(int inChannels, int size, int outChannels, int kernel, int pad) =>
        Geometries.Square(inChannels, size, outChannels, kernel, 1, pad);
}
