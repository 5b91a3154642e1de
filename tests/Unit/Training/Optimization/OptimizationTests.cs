using Blindsight.Training;
using Blindsight.Training.Layers;
using Blindsight.Training.Optimization;

namespace Blindsight.Unit.Training.Optimization;

public class OptimizationTests
{
    [Fact]
    public void Momentum_follows_its_recurrence()
    {
        Parameter parameter = new("w", ParameterRole.Weight, 1) { Values = { [0] = 1 } };
        Optimizer optimizer = Optimizer.Create(new TrainingOptions { Momentum = 0.5f, WeightDecay = 0.1f }, [parameter]);
        parameter.Gradients[0] = 2;
        optimizer.Step(0, learningRate: 0.1f);
        Assert.Equal(1 - 0.1f * 2.1f, parameter.Values[0], 1e-6f);
        float velocity = 0.5f * 2.1f + 2 + 0.1f * parameter.Values[0];
        float expected = parameter.Values[0] - 0.1f * velocity;
        optimizer.Step(1, learningRate: 0.1f);
        Assert.Equal(expected, parameter.Values[0], 1e-6f);
    }

    [Fact]
    public void Offsets_do_not_decay_and_statistics_do_not_move()
    {
        Parameter offset = new("b", ParameterRole.Offset, 1) { Values = { [0] = 1 } };
        Parameter statistic = new("m", ParameterRole.Statistic, 1) { Values = { [0] = 1 } };
        foreach (OptimizerKind kind in Enum.GetValues<OptimizerKind>())
            Optimizer.Create(new TrainingOptions { Optimizer = kind, WeightDecay = 1 }, [offset, statistic]).Step(0, 0.1f);
        Assert.Equal(1, offset.Values[0]);
        Assert.Equal(1, statistic.Values[0]);
    }

    [Fact]
    public void The_first_step_of_Adam_is_the_learning_rate_against_the_sign()
    {
        Parameter parameter = new("w", ParameterRole.Weight, 2);
        Optimizer optimizer = Optimizer.Create(
            new TrainingOptions { Optimizer = OptimizerKind.Adam, WeightDecay = 0 }, [parameter]);
        parameter.Gradients[0] = 1e-3f;
        parameter.Gradients[1] = -70;
        optimizer.Step(0, learningRate: 0.01f);
        Assert.Equal(-0.01f, parameter.Values[0], 1e-5f);
        Assert.Equal(0.01f, parameter.Values[1], 1e-5f);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(0.7f, 4)]
    [InlineData(1, 0.5f)]
    public void A_teachers_loss_agrees_with_differences_and_vanishes_in_agreement(float share, float temperature)
    {
        Distillation distillation = new(share, temperature, classes: 3);
        float[] logits = [0.3f, -1.2f, 2], target = [0, 1, 0], teacher = [1, 0.5f, -0.7f], gradient = new float[3], unused = new float[3];
        distillation.Evaluate(logits, target, teacher, 0.25f, gradient);
        for (int i = 0; i < 3; i++)
        {
            const float Difference = 1e-2f;
            float[] above = [.. logits], below = [.. logits];
            above[i] += Difference;
            below[i] -= Difference;
            double slope = (distillation.Evaluate(above, target, teacher, 1, unused) - distillation.Evaluate(below, target, teacher, 1, unused))
                / (2 * Difference);
            Assert.Equal(0.25 * slope, gradient[i], 1e-3);
        }
        if (share == 1) Assert.Equal(0, distillation.Evaluate(logits, target, logits, 1, unused), 1e-6);
    }

    [Fact]
    public void The_schedule_rises_to_its_peak_and_falls_to_zero()
    {
        CosineSchedule schedule = new(Peak: 2, WarmupSteps: 10, TotalSteps: 110);
        Assert.Equal(0.2f, schedule.At(0), 1e-6f);
        Assert.Equal(2, schedule.At(10), 1e-6f);
        Assert.Equal(1, schedule.At(60), 1e-6f);
        Assert.Equal(0, schedule.At(110), 1e-6f);
        Assert.All(Enumerable.Range(10, 99), step => Assert.True(schedule.At(step + 1) < schedule.At(step)));
    }

    [Fact]
    public void Clipping_limits_the_common_norm_and_keeps_the_direction()
    {
        Parameter first = new("a", ParameterRole.Weight, 1) { Gradients = { [0] = 3 } };
        Parameter second = new("b", ParameterRole.Offset, 1) { Gradients = { [0] = 4 } };
        Assert.Equal(5, GradientClipping.Apply([first, second], normMax: 10), 1e-6);
        Assert.Equal(3, first.Gradients[0]);
        GradientClipping.Apply([first, second], normMax: 1);
        Assert.Equal(0.6f, first.Gradients[0], 1e-6f);
        Assert.Equal(0.8f, second.Gradients[0], 1e-6f);
    }

    [Fact]
    public void Cross_entropy_agrees_with_its_definition_and_with_differences()
    {
        float[] logits = [1.5f, -2, 0.25f], target = [0.1f, 0.2f, 0.7f], gradient = new float[3], unused = new float[3];
        double loss = CrossEntropy.Evaluate(logits, target, weight: 2, gradient);
        double sum = logits.Sum(x => Math.Exp(x));
        Assert.Equal(-target.Zip(logits).Sum(pair => pair.First * (pair.Second - Math.Log(sum))), loss, 1e-6);
        for (int i = 0; i < 3; i++)
        {
            float[] above = [.. logits], below = [.. logits];
            above[i] += 0.01f;
            below[i] -= 0.01f;
            double difference = CrossEntropy.Evaluate(above, target, 1, unused) - CrossEntropy.Evaluate(below, target, 1, unused);
            Assert.Equal(2 * difference / 0.02, gradient[i], 1e-3);
        }
    }

    [Fact]
    public void Cross_entropy_of_huge_logits_is_finite()
    {
        float[] gradient = new float[2];
        Assert.Equal(2e30, CrossEntropy.Evaluate([1e30f, -1e30f], [0, 1], 1, gradient), 1e25);
        Assert.Equal([1f, -1f], gradient);
    }
}
