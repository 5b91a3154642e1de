using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;

namespace Blindsight.Conformance.Fuzz;

public class PlanFuzzTests
{
    /// <summary>Mutants of a valid plan either are refused with a ParameterException or are plans that serialise again.</summary>
    [Fact]
    public void Mutated_plans_are_refused_or_sound()
    {
        byte[] original = PlanSerializer.Serialize(SamplePlan.Create());
        Random random = new(20260);
        int sound = 0;
        for (int round = 0; round < 4000; round++)
        {
            byte[] text = Mutation.Of(original, random);
            try
            {
                PlanSerializer.Serialize(PlanSerializer.Deserialize(text));
                sound++;
            }
            catch (ParameterException) { }
        }
        Assert.InRange(sound, 1, 3000);
    }
}
