using System.Text;
using Blindsight.Compiler.Inputs;
using Blindsight.Harness;

namespace Blindsight.Conformance.Fuzz;

/// <summary>Damaged data files are read or refused with an InputException; nothing else happens.</summary>
public class InputFuzzTests
{
    private static readonly byte[] Data = [.. Enumerable.Range(0, 120).Select(i => (byte)(i * 91))];

    public static TheoryData<string, byte[]> Files => new()
    {
        { "x.npy", SampleFiles.Npy("<f4", "5, 2, 3", Data) },
        { "x.npy", SampleFiles.Npy("|u1", "120,", Data, 3) },
        { "x.idx", SampleFiles.Idx(Data, 5, 4, 6) },
        { "x.idx.gz", SampleFiles.Gzip(SampleFiles.Idx(Data, 5, 4, 6)) },
        { "x.bin", [3, .. new byte[3072]] },
        { "x.csv", Encoding.UTF8.GetBytes("a,b,c\n1,2,3\n-4,5e1,\"6\"\n") },
        { "x.png", SampleFiles.Png(5, 8, 2, SampleFiles.FilterRows(Data, 15, 3)) },
        { "x.png", SampleFiles.Png(15, 8, 3, SampleFiles.FilterRows([.. Data.Select(d => (byte)(d % 4))], 15, 1), [.. Data[..12]]) },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Damaged_files_are_read_or_refused(string name, byte[] original)
    {
        Assert.NotNull(SampleReader.Decode(original, name));
        Random random = new(original.Length);
        for (int round = 0; round < 2000; round++)
        {
            byte[] content = Mutation.Of(original, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                SampleReader.Decode(content, name);
            }
            catch (InputException) { }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 22);
        }
    }

    [Fact]
    public void Damaged_cards_are_read_or_refused()
    {
        byte[] original = "channel_order: bgr\nscale: 0.5\nmean: [1, 2, 3.5]\nstd:\n  - 4\nlayout: nhwc\nclasses: 'names.txt'\n"u8.ToArray();
        Random random = new(5);
        for (int round = 0; round < 4000; round++)
            try
            {
                ModelCard.Parse(Encoding.UTF8.GetString(Mutation.Of(original, random)), "card", _ => "a\nb");
            }
            catch (InputException) { }
    }
}
