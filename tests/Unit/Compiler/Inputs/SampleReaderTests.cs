using System.Text;
using Blindsight.Compiler.Inputs;
using Blindsight.Harness;
using Blindsight.Tests;

namespace Blindsight.Unit.Compiler.Inputs;

public class SampleReaderTests
{
    private static readonly byte[] Pixels = [.. Enumerable.Range(0, 60).Select(i => (byte)(i * 37))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Npy_of_every_version_gives_its_bytes(byte version)
    {
        SampleSet set = SampleReader.Decode(SampleFiles.Npy("|u1", "5, 3, 2, 2", Pixels, version), "x.npy");
        Assert.Equal((5, 12), (set.Count, set.Elements));
        Assert.Equal(Pixels[12..24].Select(p => (float)p), set.Row(1));
    }

    [Fact]
    public void Npy_of_every_type_gives_its_numbers()
    {
        foreach ((string type, byte[] data) in new (string, byte[])[]
        {
            ("<f4", BitConverter.GetBytes(-3f)), ("<f8", BitConverter.GetBytes(-3.0)), ("|i1", [0xFD]), ("<i2", BitConverter.GetBytes((short)-3)),
            ("<i4", BitConverter.GetBytes(-3)), ("<i8", BitConverter.GetBytes(-3L)), ("<f2", BitConverter.GetBytes((Half)(-3))),
        })
            Assert.Equal([-3f], SampleReader.Decode(SampleFiles.Npy(type, "1,", data), "x.npy").Row(0));
        foreach ((string type, byte[] data) in new (string, byte[])[]
            { ("<u2", [7, 0]), ("<u4", [7, 0, 0, 0]), ("<u8", [7, 0, 0, 0, 0, 0, 0, 0]), ("|u1", [7]) })
            Assert.Equal([7f], SampleReader.Decode(SampleFiles.Npy(type, "1,", data), "x.npy").Row(0));
    }

    [Fact]
    public void Idx_and_its_gzip_give_the_same_rows()
    {
        byte[] idx = SampleFiles.Idx(Pixels, 5, 3, 4);
        SampleSet plain = SampleReader.Decode(idx, "x"), packed = SampleReader.Decode(SampleFiles.Gzip(idx), "x.gz");
        Assert.Equal<int>([1, 3, 4], [.. plain.Shape]);
        Assert.Equal(plain.Row(4), packed.Row(4));
    }

    [Fact]
    public void Cifar_records_give_labels_and_planes()
    {
        byte[] file = new byte[2 * 3073];
        (file[0], file[1], file[3073], file[6145]) = (9, 11, 4, 12);
        SampleSet set = SampleReader.Decode(file, "x.bin");
        Assert.Equal([9, 4], set.Labels!);
        Assert.Equal((11f, 12f), (set.Row(0)[0], set.Row(1)[3071]));
    }

    [Fact]
    public void Csv_with_a_header_gives_chosen_columns_and_labels()
    {
        byte[] text = Encoding.UTF8.GetBytes("Id,a,\"b, c\",kind\n1,0.5,-2,dog\n2,1e1,3,cat\n");
        SampleSet set = SampleReader.Decode(text, "x.csv", new(["b, c", "1"], "kind", ["cat", "dog"]));
        Assert.Equal([1, 0], set.Labels!);
        Assert.Equal([3f, 10f], set.Row(1));
    }

    [Fact]
    public void Csv_without_a_header_gives_all_columns() =>
        Assert.Equal([3f, 4f], SampleReader.Decode("1,2\n3,4"u8.ToArray(), "x.csv").Row(1));

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(2, 3, 3)]
    [InlineData(4, 2, 1)]
    [InlineData(6, 4, 3)]
    public void Png_of_every_color_type_and_filter_gives_planes(byte colorType, int samples, int channels)
    {
        byte[] data = [.. Enumerable.Range(0, 6 * 7 * samples).Select(i => (byte)(i * i * 31 + i))];
        SampleSet set = SampleReader.Decode(SampleFiles.Png(6, 7, colorType, SampleFiles.FilterRows(data, 6 * samples, samples)), "x.png");
        Assert.Equal<int>([channels, 7, 6], [.. set.Shape]);
        float[] row = set.Row(0);
        for (int i = 0; i < 42; i++)
            for (int c = 0; c < channels; c++) Assert.Equal(data[i * samples + c], row[c * 42 + i]);
    }

    [Fact]
    public void Png_with_a_palette_gives_its_colors()
    {
        byte[] file = SampleFiles.Png(2, 1, 3, [0, 1, 0], [1, 2, 3, 4, 5, 6]);
        Assert.Equal([4f, 1f, 5f, 2f, 6f, 3f], SampleReader.Decode(file, "x.png").Row(0));
    }

    public static TheoryData<string, byte[], string> Refusals => new()
    {
        { "x.npy", SampleFiles.Npy("|u1", "61,", Pixels), "shape" },
        { "x.npy", SampleFiles.Npy("|u1", "9223372036854775807, 9", Pixels), "shape" },
        { "x.npy", SampleFiles.Npy("|u1", "2000000000, 2000000000, 2000000000, 2000000000, 2000000000", Pixels), "shape" },
        { "x.npy", SampleFiles.Npy(">f4", "15,", Pixels), "descr" },
        { "x.npy", SampleFiles.Npy("|O", "60,", Pixels), "descr" },
        { "x.npy", SampleFiles.Npy("|u1", "60,", Pixels, 4), "version" },
        { "x.npy", [.. SampleFiles.Npy("|u1", "60,", Pixels)[..20]], "header" },
        { "x", SampleFiles.Idx(Pixels, 5, 3, 5), "header" },
        { "x", SampleFiles.Idx(Pixels, int.MaxValue, int.MaxValue), "header" },
        { "x.bin", new byte[3072], "records" },
        { "x.bin", [10, .. new byte[3072]], "record 0" },
        { "x.csv", "a,b\n1,2,3\n"u8.ToArray(), "row 0" },
        { "x.csv", "1,2\n3,x\n"u8.ToArray(), "row 1, column 1" },
        { "x.png", SampleFiles.Png(1, 1, 0, [0, 1], interlace: 1), "IHDR" },
        { "x.png", SampleFiles.Png(1, 1, 0, [0, 1, 2], depth: 16), "IHDR" },
        { "x.png", SampleFiles.Png(30000, 30000, 6, [0, 1, 2]), "IDAT" },
        { "x.png", SampleFiles.Png(1, 1, 0, [5, 1]), "IDAT" },
        { "x.png", SampleFiles.Png(1, 1, 3, [0, 9], [1, 2, 3]), "PLTE" },
        { "x.gz", SampleFiles.Gzip(new byte[1 << 24]), "gzip" },
        { "x.gz", [.. SampleFiles.Gzip(Pixels)[..30]], "gzip" },
        { "x.doc", Pixels, "" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Files_that_cannot_be_used_are_refused_by_name_and_field(string name, byte[] content, string field)
    {
        InputException refusal = Assert.Throws<InputException>(() => SampleReader.Decode(content, name));
        Assert.Equal((name, field), (refusal.File, refusal.Field));
    }

    [Fact]
    public void A_file_that_is_absent_is_refused_by_name() =>
        Assert.Contains("nowhere.npy", Assert.Throws<InputException>(() => SampleReader.Read("nowhere.npy")).Message);

    [DataFact]
    public void The_shared_data_sets_have_their_stated_sizes()
    {
        SampleSet digits = SampleReader.Read(SharedData.Path("datasets", "mnist_t10k_even_images.idx3-ubyte.gz"));
        Assert.Equal((5000, 784), (digits.Count, digits.Elements));
        Assert.Equal(5000, SampleReader.ReadLabels(SharedData.Path("datasets", "mnist_t10k_even_labels.idx1-ubyte.gz")).Length);
        SampleSet cifar = SampleReader.Read(SharedData.Path("datasets", "cifar10_lossless_eran100.bin.gz"));
        Assert.Equal((100, 3072, 100), (cifar.Count, cifar.Elements, cifar.Labels!.Length));
        string iris = SharedData.Path("datasets", "iris.csv");
        CsvColumns columns = new(["1", "2", "3", "4"], "Species", ["Iris-setosa", "Iris-versicolor", "Iris-virginica"]);
        Assert.Equal(SampleReader.ReadLabels(SharedData.Path("datasets", "iris_y.npy")), SampleReader.ReadLabels(iris, columns));
        Assert.Equal(SampleReader.Read(SharedData.Path("datasets", "iris_x.npy")).Row(7), SampleReader.Read(iris, columns).Row(7));
    }
}
