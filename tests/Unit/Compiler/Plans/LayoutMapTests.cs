using Blindsight.Compiler.Plans;

namespace Blindsight.Unit.Compiler.Plans;

public class LayoutMapTests
{
    [Fact]
    public void Transpose_takes_output_axes_from_the_permuted_input() =>
        Assert.Equal([0, 3, 1, 4, 2, 5], LayoutMap.Sources(new TransposeLayout([1, 0]), [[2, 3]], [3, 2]));

    [Fact]
    public void Slice_steps_backwards_too() =>
        Assert.Equal([5, 3], LayoutMap.Sources(new SliceLayout([1, 2], [1, -2]), [[2, 3]], [1, 2]));

    [Fact]
    public void Pad_with_negative_begins_crops() =>
        Assert.Equal([1, 2, 4, 5], LayoutMap.Sources(new PadLayout([0, -1], 0), [[2, 3]], [2, 2]));

    [Fact]
    public void Pad_marks_what_lies_outside() =>
        Assert.Equal([-1, 0, 1, -1], LayoutMap.Sources(new PadLayout([1], 0), [[2]], [4]));

    [Fact]
    public void Gather_repeats_indices() =>
        Assert.Equal([1, 1, 0, 3, 3, 2], LayoutMap.Sources(new GatherLayout(1, [1, 1, 0]), [[2, 2]], [2, 3]));

    [Fact]
    public void Concat_interleaves_along_inner_axes() =>
        Assert.Equal([0, 2, 3, 1, 4, 5], LayoutMap.Sources(new ConcatLayout(1), [[2, 1], [2, 2]], [2, 3]));
}
