"""Samples of detectors."""

from __future__ import annotations

from blocks.zoo.rcnn import FastRCNN
from blocks.zoo.ssd import TinySSD
from tests.lesson import Lesson

LESSONS = (
    Lesson(
        file="tiny_ssd",
        title="Tiny SSD",
        template=TinySSD(),
        note=(
            "# SSD: boxes read at five sizes\n\n"
            "After Liu et al., 2016. Large things are found on coarse maps, small ones on fine maps: each of five "
            "**scales** has a head of its own.\n\n"
            "1. *scale1* to *scale5*: 32, 16, 8, 4 and 1 pixels a side. Every pixel has 4 boxes, 5,444 in all.\n"
            "2. Press Enter on *head1*: a convolution of 4 × 2 maps tells background or object, one of 4 × 4 maps how "
            "each box is to be moved.\n"
            "3. *scores* and *offsets* lay the boxes of all scales one after the other.\n"
            "4. *Summary*: 1,010,376 parameters, 976,628,736 multiplications a picture."
        ),
    ),
    Lesson(
        file="faster_rcnn",
        title="Faster R-CNN",
        template=FastRCNN(proposals=True, regions=20, width=16, units=256, height=256, breadth=320),
        note=(
            "# Faster R-CNN: first where, then what\n\n"
            "Ren, He, Girshick and Sun, 2015, figure 2, a quarter as wide. The features of VGG-16 are computed "
            "**once** and used twice.\n\n"
            "1. *rpn* tells at each of 16 × 20 pixels whether one of 9 boxes holds an object, and how to move it.\n"
            "2. The best of these arrive as *boxes*. *pool* cuts each out of the features and brings it to 7 × 7.\n"
            "3. *fc6* and *fc7* read 20 regions with the same weights; *cls* names them, *box* moves them once more.\n"
            "4. Give the template 64 as *width*, 4096 as *units*: 137,078,239 parameters, as published."
        ),
    ),
)
